/// The objects of the founding story, as the package ships them, and where its service answers.
enum Founding {
    /// The examples the package installs.
    static let examples = "/usr/share/doc/minion-agent/examples"
    static let podFile = examples + "/apache-pod.json"
    static let serviceFile = examples + "/apache-service.json"
    /// Address and port of the service.
    static let portal = "10.11.0.1:12345"

    static let podLine = line(
        #"{"id":"apache-1","kind":"Pod","apiVersion":"v1beta1","labels":{"name":"apache"},"desiredState":"#,
        #"{"manifest":{"version":"v1beta1","id":"apache-1","containers":[{"name":"httpd","#,
        #""image":"minion/demo-httpd","ports":[{"containerPort":80}]}]}}}"#)
    static let serviceLine = line(
        #"{"id":"apache-service","kind":"Service","apiVersion":"v1beta1","portalIP":"10.11.0.1","port":12345,"#,
        #""containerPort":80,"selector":{"name":"apache"}}"#)

    private static func line(_ parts: String...) -> String { parts.joined() }

    /// The chain's one rule, byte for byte as the article shows it, but for the port, which is random.
    static func isRule(_ text: String) -> Bool {
        let start =
            "-A KUBE-PROXY -d 10.11.0.1/32 -p tcp -m comment --comment apache-service -m tcp --dport 12345 "
            + "-j REDIRECT --to-ports "
        guard text.hasPrefix(start), let port = UInt16(text.dropFirst(start.count)) else { return false }
        return port > 0
    }
}

extension TestHost {
    /// Pushes the founding pod and service, and returns when both are applied.
    func tellFoundingStory() async throws {
        try await run("minionctl apply -f \(Founding.podFile) && minionctl apply -f \(Founding.serviceFile)")
    }

    /// The page the founding service answers with, asked from the host itself.
    func askPortal() async throws -> String {
        try await run("curl --silent --show-error --fail --max-time 10 http://\(Founding.portal)/")
    }

    /// The rules of the chain KUBE-PROXY, without the jumps to it.
    func portalRules() async throws -> [String] {
        try await natRules().filter { $0.hasPrefix("-A KUBE-PROXY ") }
    }

    /// The jumps to the chain KUBE-PROXY.
    func portalReferences() async throws -> [String] {
        try await natRules().filter { $0.hasSuffix("-j KUBE-PROXY") }
    }

    /// Every rule of the nat table, without counters.
    func natRules() async throws -> [String] {
        try await run("iptables-save -t nat").split(separator: "\n").map(String.init).filter { $0.hasPrefix("-A") }
    }

    /// Id and start time of every container of the agent, sorted: equal before and after means none was touched.
    /// - Parameter pod: only those of this pod.
    func containers(of pod: String? = nil) async throws -> [String] {
        try await run(
            """
            docker ps --quiet --filter label=minion.owner \(pod.map { "--filter label=minion.pod=\($0)" } ?? "") |
            xargs --no-run-if-empty docker inspect --format '{{.Id}} {{.State.StartedAt}}' | sort
            """
        ).split(separator: "\n").map(String.init)
    }

    /// The environment of a pod's container that runs, `NAME=value` each.
    func environment(of pod: String, container: String) async throws -> [String] {
        try await run(
            """
            docker ps --quiet --filter label=minion.pod=\(pod) --filter label=minion.container=\(container) |
            xargs --no-run-if-empty docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}'
            """
        ).split(separator: "\n").map(String.init)
    }

    /// Sends lines to the agent's TCP port from another machine, as a person with a terminal would, and returns what it
    /// answered up to and including the first line that contains `last`.
    func say(_ lines: [String], until last: String) async throws -> [String] {
        let script = """
            exec 3<>/dev/tcp/\(address)/10250
            printf '%s\\n' \(lines.map { "'\($0)'" }.joined(separator: " ")) >&3
            while IFS= read -r -t 60 line <&3; do
                echo "$line"
                case $line in *'\(last)'*) exit 0;; esac
            done
            exit 1
            """
        return try await harness.outside(script, within: .seconds(90)).split(separator: "\n").map(String.init)
    }

    /// The line that opens the port.
    static let authLine = #"{"op":"auth","token":"\#(token)"}"#
}
