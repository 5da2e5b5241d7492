import Machine
import NodeKit

/// Two connections to the founding service, each with half a request: the service waits for the rest and the proxy holds them.
struct LongConnections: Sendable {
    private let host: TestHost

    /// Opens both on `host` itself.
    static func open(on host: TestHost) async throws -> LongConnections {
        try await host.write(script, to: "/root/long.py")
        try await host.run(
            "rm -f /run/long.* && systemd-run --quiet --collect --unit=long python3 /root/long.py 10.11.0.1 12345")
        try await eventually("both connections are open") {
            try await host.attempt("test -e /run/long.open").status.isSuccess
        }
        return LongConnections(host: host)
    }

    /// Sends the rest of one request; its answer ends that connection. The other one waits for its end.
    func finishOne() async throws { try await host.run("touch /run/long.finish") }

    /// What became of each connection so far, the finished one first: `ok`, `incomplete`, or the name of the error.
    func outcomes() async throws -> [String] { try await host.run("cat /run/long.result 2>/dev/null || :").lines }

    private static let script = """
        import os, socket, sys, time

        def outcome(connection):
            try:
                answer = b""
                while piece := connection.recv(65536):
                    answer += piece
                return "ok" if b" 200 OK" in answer and b"hello from" in answer else "incomplete"
            except OSError as error:
                return type(error).__name__
            finally:
                connection.close()

        def note(words):
            with open("/run/long.result", "a") as file:
                file.write(words + "\\n")

        connections = [socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=120) for _ in range(2)]
        for connection in connections:
            connection.sendall(b"GET / HTTP/1.0\\r\\n")
        open("/run/long.open", "w").close()
        while not os.path.exists("/run/long.finish"):
            time.sleep(0.05)
        connections[0].sendall(b"\\r\\n")
        for connection in connections:
            note(outcome(connection))
        """
}
