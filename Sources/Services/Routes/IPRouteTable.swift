public import ClusterModel
import FoundationEssentials
public import Machine

/// The routing table behind ip-route(8) of iproute2 5 and later: one command to read, one batch to change.
///
/// A route is added and never replaced: `replace` would take another's route to the same network away. So a route whose
/// gateway changed is gone for the moment between its removal and the addition after it.
public struct IPRouteTable: RouteTable {
    /// Our mark: the number of the routing protocol that made a route (ip-route(8), `protocol RTPROTO`). Free in
    /// /etc/iproute2/rt_protos and among those of known routing daemons.
    public static let routeProtocol = 77
    /// Many times what thousands of routes take.
    static let deadline: Duration = .seconds(10)
    private static let failure = "Command failed -:"

    private let commands: any CommandRunning

    /// A table that runs `ip`.
    public init(commands: any CommandRunning) {
        self.commands = commands
    }

    /// See `RouteTable`. A route of ours with several gateways, or none, was not made here and is left out.
    public func routes() async throws(RouteError) -> [PeerRoute] {
        let words = ["-4", "-j", "route", "show", "table", "main", "proto", "\(Self.routeProtocol)"]
        let output = try await run(Command("ip", words, deadline: Self.deadline))
        guard output.status.isSuccess else { throw RouteError(.failed, Self.words(of: output)) }
        var routes: [PeerRoute] = []
        for line in Self.lines(of: output) { routes += try Self.decode(line).compactMap(\.peerRoute) }
        return routes
    }

    /// See `RouteTable`.
    public func paths(to addresses: [IPv4Address]) async throws(RouteError) -> [IPv4Address: NetworkPath] {
        if addresses.isEmpty { return [:] }
        let (output, failures) = try await batch(["-j"], addresses.map { "route get \($0)" })
        var paths: [IPv4Address: NetworkPath] = [:]
        for line in Self.lines(of: output) {
            for entry in try Self.decode(line) {
                if let address = entry.dst.flatMap({ IPv4Address($0) }) { paths[address] = entry.path }
            }
        }
        for (index, address) in addresses.enumerated() where paths[address] == nil {
            paths[address] = .unreachable(failures[index] ?? "no route to \(address)")
        }
        return paths
    }

    /// See `RouteTable`.
    public func change(
        removing removed: [PeerRoute], adding added: [PeerRoute]
    ) async throws(RouteError) -> [PeerRoute: String] {
        let mark = "proto \(Self.routeProtocol)"
        let lines = removed.map { "route del \($0) \(mark)" } + added.map { "route add \($0) \(mark)" }
        let failures = try await batch([], lines).failures
        var refused: [PeerRoute: String] = [:]
        for (index, route) in added.enumerated() { refused[route] = failures[removed.count + index] }
        return refused
    }

    /// Runs every line, the failed ones included, and tells what became of those by their index.
    private func batch(
        _ options: [String], _ lines: [String]
    ) async throws(RouteError) -> (output: CommandOutput, failures: [Int: String]) {
        let input = lines.map { $0 + "\n" }.joined()
        let output = try await run(
            Command(
                "ip", ["-4"] + options + ["-force", "-batch", "-"], input: Array(input.utf8), deadline: Self.deadline))
        var failures: [Int: String] = [:]
        var words: [Substring] = []
        for line in output.errorText.split(separator: "\n") {
            if line.hasPrefix(Self.failure), let number = Int(line.dropFirst(Self.failure.count)) {
                failures[number - 1] = words.joined(separator: "; ")
                words = []
            } else {
                words.append(line)
            }
        }
        // With -force every failed line is named; a failure without one is the command's own.
        guard output.status.isSuccess || !failures.isEmpty else { throw RouteError(.failed, Self.words(of: output)) }
        return (output, failures)
    }

    private func run(_ command: Command) async throws(RouteError) -> CommandOutput {
        do {
            return try await commands.run(command)
        } catch {
            switch error.code {
            case .notFound: throw RouteError(.notInstalled, "\(error.message) (package iproute2)")
            case .deadlineExceeded, .cancelled: throw RouteError(.timedOut, error.message)
            case .outputTooLarge, .spawnFailed: throw RouteError(.failed, error.message)
            }
        }
    }

    private static func lines(of output: CommandOutput) -> [[UInt8]] {
        output.standardOutput.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    private static func words(of output: CommandOutput) -> String {
        let words = output.errorText.split(separator: "\n").joined(separator: "; ")
        return words.isEmpty ? "ip ended with \(output.status)" : "ip: \(words)"
    }

    private static func decode(_ line: [UInt8]) throws(RouteError) -> [RouteEntry] {
        do {
            return try JSONDecoder().decode([RouteEntry].self, from: Data(line))
        } catch {
            throw RouteError(
                .failed, "ip printed what is no list of routes: \(String(decoding: line.prefix(120), as: UTF8.self))")
        }
    }
}

/// A route as `ip -j` prints it.
private struct RouteEntry: Decodable {
    var type: String?
    var dst: String?
    var gateway: String?
    var dev: String?

    var peerRoute: PeerRoute? {
        guard let network = dst.flatMap({ IPv4Network($0) }), let gateway = gateway.flatMap({ IPv4Address($0) }),
            let dev
        else { return nil }
        return PeerRoute(network: network, gateway: gateway, device: dev)
    }

    var path: NetworkPath {
        if type == "local" { return .local }
        if let gateway = gateway.flatMap({ IPv4Address($0) }) { return .routed(via: gateway) }
        return dev.map { .link(device: $0) } ?? .unreachable("the kernel names no interface")
    }
}
