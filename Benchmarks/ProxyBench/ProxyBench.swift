import Glibc
import Proxy

/// Measures the data plane against no proxy at all and against HAProxy, in one run on one machine, so that the ratios mean
/// something where the absolute figures drift. Run it inside a network namespace of its own if the host's firewall is busy:
/// `ip netns exec NAME proxy-bench`, with `lo` up.
///
///     proxy-bench [--seconds N] [--rounds N] [--connections N] [--idle N] [--workers N]
///                 [--only keepalive|connections|bulk|idle]
///     proxy-bench open [N]        what N listeners cost
@main
struct ProxyBench {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "backend": try HTTPBackend.run()
            case "serve": try await serve(Array(arguments.dropFirst()))
            case "open": try await openMany(Array(arguments.dropFirst()))
            default: try Comparison(Options(arguments)).run()
            }
        } catch {
            report("proxy-bench: \(error)")
            exit(1)
        }
    }

    /// The proxy as a process of its own: one listener per backend port given, whose ports it prints; ends with its input.
    private static func serve(_ arguments: [String]) async throws {
        var settings = ProxySettings()
        let numbers = arguments.compactMap(Int.init)
        guard let workers = numbers.first else { throw BenchError("serve needs workers and ports") }
        settings.workers = workers
        let server = try ProxyServer(settings: settings)
        var ports: [UInt16] = []
        for (index, port) in numbers.dropFirst().enumerated() {
            ports.append(try server.open("service-\(index)", port: 0))
            server.setBackends("service-\(index)", [Backend(address: 0x7F00_0001, port: UInt16(port))])
        }
        guard await server.heartbeat(within: .seconds(5)) else { throw BenchError("the workers do not answer") }
        printLine(ports.map(String.init).joined(separator: " "))
        while readLine() != nil {}
        await server.shutdown(drain: .zero)
    }

    /// What listeners cost: opens as many as asked for and prints time and memory per listener.
    private static func openMany(_ arguments: [String]) async throws {
        let count = arguments.first.flatMap(Int.init) ?? 10_000
        raiseDescriptorLimit()
        let server = try ProxyServer(settings: ProxySettings())
        _ = await server.heartbeat(within: .seconds(5))
        let memory = residentBytes(getpid())
        let begin = ContinuousClock.now
        for index in 0..<count { _ = try server.open("service-\(index)", port: 0) }
        let opened = ContinuousClock.now
        for index in 0..<count {
            server.setBackends("service-\(index)", [Backend(address: 0x7F00_0001, port: 1)])
        }
        guard await server.heartbeat(within: .seconds(60)) else { throw BenchError("the workers do not answer") }
        let served = ContinuousClock.now
        printLine("\(count) listeners: open \((opened - begin) / count) each, serve \((served - opened) / count) each")
        printLine("resident memory \((residentBytes(getpid()) - memory) / count) bytes each")
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What to measure and for how long.
struct Options {
    var seconds = 5
    var rounds = 3
    var connections = 32
    var idle = 2000
    var workers = 2
    /// One of `keepalive`, `connections`, `bulk`, `idle`; `nil` for all.
    var only: String?

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--only" {
                only = rest.popFirst()
                continue
            }
            guard let value = rest.popFirst().flatMap(Int.init), value > 0 else {
                throw BenchError("\(name) needs a positive number")
            }
            switch name {
            case "--seconds": seconds = value
            case "--rounds": rounds = value
            case "--connections": connections = value
            case "--idle": idle = value
            case "--workers": workers = value
            default: throw BenchError("unknown option \(name)")
            }
        }
    }
}
