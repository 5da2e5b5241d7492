import NodeKit

/// The founding article's machines: a master and two minions, with the packages installed.
struct Cluster {
    /// Where the API is served.
    static let masterAddress = "172.16.213.138"
    static let minionAddresses = ["172.16.213.140", "172.16.213.141"]

    let master: TestHost
    /// In the order of `minionAddresses`, which are their names too.
    let minions: [TestHost]

    /// A service on the founding portal (`Founding.portal`), for the pods that `kubecfg run … web` makes.
    static let webService =
        #"{"id":"web","kind":"Service","apiVersion":"v1beta1","portalIP":"10.11.0.1","port":12345,"#
        + #""containerPort":80,"selector":{"simpleService":"web"}}"#

    /// Boots the machines, and starts the master with the article's flags.
    /// - Parameter podEvictionTimeout: the master's setting, in seconds.
    static func up(_ fixture: Fixture, podEvictionTimeout: Int = 60) async throws -> Cluster {
        var minions: [TestHost] = []
        for address in minionAddresses {
            let minion = try await fixture.host(at: address)
            try await minion.makeDemoImage()
            try await minion.becomeNode(name: address)
            minions.append(minion)
        }
        let master = try await fixture.host(at: masterAddress)
        try await master.install(.master)
        try await master.run(
            "install -m 640 -g minion-master /dev/stdin /etc/minion/master-token", input: TestHost.token)
        try await master.write(
            """
            [Service]
            ExecStart=
            ExecStart=/usr/sbin/minion-master --address=\(masterAddress) --port=8080 \\
                --machines=\(minionAddresses.joined(separator: ",")) --minion_port=10250 \\
                --minion_token_file=/etc/minion/master-token --portal_net=10.11.0.0/16 \\
                --pod_eviction_timeout=\(podEvictionTimeout)

            """, to: "/etc/systemd/system/minion-master.service.d/article.conf")
        try await master.run("systemctl daemon-reload && systemctl restart minion-master")
        return Cluster(master: master, minions: minions)
    }

    /// What `kubecfg` prints on the master.
    /// - Parameter object: given to it as the file `object.json`.
    func kubecfg(_ arguments: String, object: String = "") async throws -> String {
        try await master.run(
            """
            cat > object.json
            KUBERNETES_MASTER=http://\(Self.masterAddress):8080 kubecfg \(arguments)
            """, input: object)
    }

    /// Where and how the pods are that `selector` (`name=apache`) selects, one `host status` each.
    func pods(_ selector: String) async throws -> [String] {
        let template = "{{range .items}}{{.currentState.host}} {{println .currentState.status}}{{end}}"
        return try await kubecfg("-l \(selector) -template '\(template)' list pods").lines
    }

    /// Waits until `count` pods are there that `selector` selects, and all run; returns their hosts.
    @discardableResult
    func run(_ count: Int, _ selector: String) async throws -> [String] {
        try await eventually("\(count) pods with \(selector) run", within: .seconds(90)) {
            try await pods(selector)
        } until: { pods in
            pods.count == count && pods.allSatisfy { $0.hasSuffix(" Running") }
        }.map { String($0.prefix { $0 != " " }) }
    }
    /// Makes `webService` and `count` pods for it, and waits until each minion answers; returns the pods' hosts.
    func runWeb(_ count: Int) async throws -> [String] {
        _ = try await kubecfg("-c object.json create services", object: Self.webService)
        _ = try await kubecfg("run minion/demo-httpd \(count) web")
        let places = try await run(count, Self.web)
        for minion in minions { try await minion.answersAgain(from: "hello from ") }
        return places
    }

    /// What selects the pods of `runWeb`.
    static let web = "simpleService=web"
}
