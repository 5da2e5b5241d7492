import Glibc

/// One way from client to backend: none, ours, HAProxy.
struct Path {
    let name: String
    let httpPort: UInt16
    let bulkPort: UInt16
    /// `nil` for the direct path.
    let proxy: pid_t?
}

/// Runs every measurement over every path, round by round so that drift of the machine touches all alike, and prints medians.
struct Comparison {
    let options: Options

    init(_ options: Options) {
        self.options = options
    }

    func run() throws {
        raiseDescriptorLimit()
        let program = CommandLine.arguments[0]
        let backend = try Child([program, "backend"])
        defer { backend.end() }
        let ports = try backend.readPorts()
        let ours = try Child([program, "serve", "\(options.workers)"] + ports.map(String.init))
        defer { ours.end() }
        let oursPorts = try ours.readPorts()
        let haproxy = try HAProxy(
            backends: ports, threads: options.workers, connections: options.idle + options.connections + 500)
        defer { haproxy.end() }
        let paths = [
            Path(name: "direct", httpPort: ports[0], bulkPort: ports[1], proxy: nil),
            Path(name: "haproxy", httpPort: haproxy.ports[0], bulkPort: haproxy.ports[1], proxy: haproxy.pid),
            Path(name: "ours", httpPort: oursPorts[0], bulkPort: oursPorts[1], proxy: ours.pid),
        ]
        printLine(
            "\(options.connections) connections, \(options.workers) workers, \(options.rounds) × \(options.seconds) s")
        if isWanted("keepalive") { try compare("keep-alive requests/s", "µs CPU", paths) { try wrk($0, header: nil) } }
        if isWanted("connections") {
            try compare("new connections/s", "µs CPU", paths) { try wrk($0, header: "Connection: close") }
        }
        if isWanted("bulk") { try compare("bulk Gbit/s", "CPU s/GB", paths) { try bulk($0) } }
        if isWanted("idle") { try idle(paths) }
    }

    private func isWanted(_ name: String) -> Bool { options.only == nil || options.only == name }

    private func compare(_ title: String, _ unit: String, _ paths: [Path], _ measure: (Path) throws -> Sample) throws {
        var samples: [String: [Sample]] = [:]
        for _ in 0..<options.rounds {
            for path in paths { samples[path.name, default: []].append(try measure(path)) }
        }
        let rates = samples.mapValues { Self.median($0.map(\.rate)) }
        printLine(
            "\n" + column(title, 26) + column("rate", 12) + column("/direct", 10) + column("/haproxy", 10)
                + column("p99 ms", 10) + unit)
        for path in paths {
            guard let rate = rates[path.name], let direct = rates["direct"], let haproxy = rates["haproxy"],
                let all = samples[path.name]
            else { continue }
            printLine(
                column(path.name, 26) + column(fixed(rate, rate < 1000 ? 2 : 0), 12)
                    + column(fixed(rate / direct, 2), 10)
                    + column(fixed(rate / haproxy, 2), 10) + column(fixed(Self.median(all.map(\.p99)), 2), 10)
                    + (path.proxy == nil ? "" : fixed(Self.median(all.map(\.cost)), 2)))
        }
    }

    private func wrk(_ path: Path, header: String?) throws -> Sample {
        let before = path.proxy.map(processorSeconds) ?? 0
        let command =
            ["wrk", "-t1", "-c\(options.connections)", "-d\(options.seconds)s", "--latency"]
            + (header.map { ["-H", $0] } ?? []) + ["http://127.0.0.1:\(path.httpPort)/"]
        let child = try Child(command)
        let text = child.readAll()
        child.end()
        let used = (path.proxy.map(processorSeconds) ?? 0) - before
        guard let rate = value(in: text, after: "Requests/sec:"), let requests = value(in: text, before: " requests in")
        else { throw BenchError("wrk printed\n\(text)") }
        if text.contains("Socket errors") || text.contains("Non-2xx") {
            printLine(
                path.name + ":"
                    + text.split(separator: "\n").filter { $0.contains("rrors") || $0.contains("Non-") }.joined())
        }
        return Sample(rate: rate, p99: milliseconds(in: text) ?? 0, cost: used / requests * 1e6)
    }

    private func bulk(_ path: Path) throws -> Sample {
        let before = path.proxy.map(processorSeconds) ?? 0
        let socket = try connectToLoopback(path.bulkPort)
        defer { close(socket) }
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        var bytes = 0
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(options.seconds) {
            let count = recv(socket, &piece, piece.count, 0)
            guard count > 0 else { throw BenchError("\(path.name): the bulk transfer broke off") }
            bytes += count
        }
        let elapsed = (ContinuousClock.now - begin) / .seconds(1)
        let used = (path.proxy.map(processorSeconds) ?? 0) - before
        return Sample(rate: Double(bytes) * 8 / elapsed / 1e9, p99: 0, cost: used / Double(bytes) * 1e9)
    }

    /// Resident memory per idle connection of each proxy; what the kernel holds for the sockets is the same for both.
    private func idle(_ paths: [Path]) throws {
        printLine("\n\(options.idle) idle connections, each has carried one request: resident bytes per connection")
        for path in paths {
            guard let pid = path.proxy else { continue }
            let before = residentBytes(pid)
            var sockets: [Int32] = []
            for _ in 0..<options.idle {
                let socket = try connectToLoopback(path.httpPort)
                var answer = [UInt8](repeating: 0, count: 512)
                let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
                guard send(socket, request, request.count, 0) > 0, recv(socket, &answer, 512, 0) > 0 else {
                    throw BenchError("\(path.name): no answer")
                }
                sockets.append(socket)
            }
            printLine(
                column(path.name, 26) + "\((residentBytes(pid) - before) / options.idle)"
                    + "   (whole process \(residentBytes(pid) / 1024) KiB)")
            for socket in sockets { close(socket) }
        }
    }

    static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }
}

struct Sample {
    let rate: Double
    let p99: Double
    let cost: Double
}
