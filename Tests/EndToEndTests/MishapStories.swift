import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("What befalls a cluster")
    struct MishapStories {
        /// As short as the master takes it, in seconds: these stories wait for it.
        private static let podEvictionTimeout = 15
        /// Requests that may be on their way to a minion when it dies: half of 50 a second, of some hundred milliseconds each
        /// where others build on the machine.
        private static let requestsUnderWay = 10

        @Test(
            "A minion dies: its pods come up on the other, the service answers throughout; back again, nothing is doubled"
        )
        func deadMinion() async throws {
            try await Fixture.run { fixture in
                let cluster = try await Cluster.up(fixture, podEvictionTimeout: Self.podEvictionTimeout)
                let places = try await cluster.runWeb(2)
                try #require(Set(places) == Set(Cluster.minionAddresses), "\(places)")
                let (survivor, dead) = (cluster.minions[0], cluster.minions[1])
                let untouched = try await survivor.containers()

                let load = try await LoadGenerator.start(on: survivor)
                // With its cable, so that nobody answers for it, as the kernel of the test host would.
                try await dead.unplug()
                try await dead.cutPower()
                try await eventually("both pods run on \(survivor.address)", within: .seconds(120)) {
                    try await cluster.run(2, Cluster.web) == [survivor.address, survivor.address]
                }
                try await load.succeed(atLeast: 100)
                let result = try await load.finish()
                try #require(result.failed <= Self.requestsUnderWay, "\(result)")
                try #require(result.refused == 0, "\(result)")

                try await dead.boot()
                try await dead.plugIn()
                try await cluster.settles(on: survivor, empty: dead)
                try #require(try await Set(survivor.containers()).isSuperset(of: untouched))
                try await dead.answersAgain(from: "hello from ")
            }
        }

        @Test(
            "A cable is cut for a minute: the minion works on with what it knows, and is told the difference afterwards"
        )
        func cutCable() async throws {
            try await Fixture.run { fixture in
                let cluster = try await Cluster.up(fixture, podEvictionTimeout: Self.podEvictionTimeout)
                _ = try await cluster.runWeb(2)
                // A pod of no controller: nobody else may run it.
                _ = try await cluster.kubecfg("-c object.json create pods", object: Founding.podLine)
                let place = try await cluster.run(1, "name=apache")
                let cut = try #require(cluster.minions.first { $0.address == place.first })
                let other = try #require(cluster.minions.first { $0.address != place.first })
                let (itsContainers, othersContainers) = (try await cut.containers(), try await other.containers())
                let ofApache = try await cut.containers(of: "apache-1")
                let rules = try await cut.portalRules()

                try await cut.unplug()
                let load = try await LoadGenerator.start(on: cut)
                _ = try await cluster.kubecfg("-c object.json create services", object: Self.news)
                try await eventually("the lost pod is made on \(other.address)", within: .seconds(120)) {
                    try await cluster.run(2, Cluster.web) == [other.address, other.address]
                }
                try await load.succeed(atLeast: 100)
                let result = try await load.finish()
                try #require(result.failed == 0, "\(result)")
                try #require(try await cut.containers() == itsContainers)
                try #require(try await cut.portalRules() == rules)

                try await cut.plugIn()
                try await eventually("the new service's rule arrives", within: .seconds(90)) {
                    try await cut.portalRules().contains { $0.contains("--comment news ") }
                }
                try #require(try await cut.portalRules().filter { !$0.contains("--comment news ") } == rules)
                try await eventually("the pod that is elsewhere now ends here") {
                    try await cut.containers() == ofApache
                }
                try #require(try await Set(other.containers()).isSuperset(of: othersContainers))
                try await cluster.settles(on: other, empty: nil)
            }
        }

        @Test("Both packages are upgraded under load: every client is answered, no container is touched")
        func upgrade() async throws {
            try await Fixture.run { fixture in
                let cluster = try await Cluster.up(fixture)
                _ = try await cluster.runWeb(2)
                var (loads, containers): ([LoadGenerator], [[String]]) = ([], [])
                for minion in cluster.minions {
                    containers.append(try await minion.containers())
                    loads.append(try await LoadGenerator.start(on: minion))
                }

                try await cluster.master.upgrade(.master)
                for minion in cluster.minions { try await minion.upgrade(.agent) }

                for (number, load) in loads.enumerated() {
                    try await load.succeed(atLeast: 100)
                    let result = try await load.finish()
                    try #require(result.failed == 0, "on \(cluster.minions[number].address): \(result)")
                    try #require(try await cluster.minions[number].containers() == containers[number])
                }
                // And they have found each other again.
                _ = try await cluster.kubecfg("resize web 3")
                try await cluster.run(3, Cluster.web)
            }
        }

        private static let news =
            #"{"id":"news","kind":"Service","apiVersion":"v1beta1","port":80,"selector":{"name":"news"}}"#
    }
}

extension Cluster {
    /// Waits until two web pods run on one minion, each as one pair of containers, and on another none.
    fileprivate func settles(on minion: TestHost, empty: TestHost?) async throws {
        if let empty {
            try await eventually("no container is left on \(empty.address)", within: .seconds(90)) {
                // Before it is told, it may start again what it ran when it died.
                guard try await empty.containers().isEmpty else { return false }
                return try await empty.portalRules().count == 1
            }
        }
        try #require(try await run(2, Self.web) == [minion.address, minion.address])
        try #require(try await minion.containers().count == 4, "two pods, each with its network's container")
    }
}

extension TestHost {
    /// Installs the package that is installed once more, as a later version.
    fileprivate func upgrade(_ package: Package) async throws {
        try await installCopied(package.repacked(on: self, suffix: "+next"))
        let version = try await run("dpkg-query -W -f '${Version}' \(package.rawValue)")
        try #require(version.hasSuffix("+next"))
        try await eventually("\(package.unit) is ready") {
            try await attempt("systemctl is-active --quiet \(package.unit)").status.isSuccess
        }
    }
}
