import Glibc

/// Debian's HAProxy as a TCP relay: as many threads as we have workers, splicing where it finds it worth while.
final class HAProxy {
    let ports: [UInt16]
    private let child: Child
    private let file: String

    var pid: pid_t { child.pid }

    init(backends: [UInt16], threads: Int, connections: Int) throws {
        ports = try backends.map { _ in
            let (descriptor, port) = try listenOnLoopback()
            close(descriptor)
            return port
        }
        var text = """
            global
                nbthread \(threads)
                maxconn \(connections)
            defaults
                mode tcp
                option splice-auto
                timeout connect 5s
                timeout client 1h
                timeout server 1h

            """
        for (port, backend) in zip(ports, backends) {
            text += "listen l\(port)\n    bind 127.0.0.1:\(port)\n    server s 127.0.0.1:\(backend)\n"
        }
        file = "/tmp/proxy-bench-\(getpid()).cfg"
        let descriptor = open(file, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot write \(file)") }
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
        child = try Child(["haproxy", "-db", "-q", "-f", file])
        for port in ports { try waitFor(port) }
    }

    /// Returns when HAProxy listens on `port`.
    private func waitFor(_ port: UInt16) throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if let socket = try? connectToLoopback(port) {
                close(socket)
                return
            }
            usleep(10_000)
        }
        throw BenchError("HAProxy does not listen")
    }

    func end() {
        child.end()
        unlink(file)
    }
}
