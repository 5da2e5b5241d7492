import Machine
import NodeKit

/// Clients that open one connection after another to the founding service, on the host itself, and count what became of
/// each: `ok`, `incomplete`, or the name of the error.
struct LoadGenerator: Sendable {
    /// What all clients together saw.
    struct Result: Sendable, CustomStringConvertible {
        var outcomes: [String: Int]
        /// The slowest whole request, in seconds.
        var longest: Double
        /// When the first failures were seen, to be found in the journals: `ConnectionResetError@12:34:56.789` each.
        var moments: [String] = []

        var succeeded: Int { outcomes["ok", default: 0] }
        var failed: Int { outcomes.values.reduce(0, +) - succeeded }
        var refused: Int { outcomes["ConnectionRefusedError", default: 0] }

        var description: String {
            let counts = outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return (counts + ["longest \(longest) s"] + moments).joined(separator: ", ")
        }
    }

    private let host: TestHost

    /// Starts `rate` clients per second on `host`; they go on until `finish()`.
    static func start(on host: TestHost, rate: Int = 50) async throws -> LoadGenerator {
        try await host.write(script, to: "/root/load.py")
        try await host.run(
            """
            rm -f /run/load.* && systemd-run --quiet --collect --unit=load \
            python3 /root/load.py 10.11.0.1 12345 \(rate)
            """)
        let load = LoadGenerator(host: host)
        try await load.succeed(atLeast: rate)
        return load
    }

    /// Returns when `count` more requests than now have been answered.
    func succeed(atLeast count: Int) async throws {
        let before = try await result().succeeded
        try await eventually("\(count) more requests answered") { try await result().succeeded >= before + count }
    }

    /// Stops, waits for the requests under way, and returns the sum.
    func finish() async throws -> Result {
        try await host.run("touch /run/load.stop")
        try await eventually("the load generator ends") {
            try await host.attempt("systemctl is-active --quiet load").status.isSuccess == false
        }
        return try await result()
    }

    private func result() async throws -> Result {
        var result = Result(outcomes: [:], longest: 0)
        let text = try await host.run("cat /run/load.result 2>/dev/null || :")
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2 else { continue }
            switch words[0] {
            case "longest": result.longest = Double(words[1]) ?? 0
            case "failure": result.moments.append(String(words[1]))
            default: result.outcomes[String(words[0])] = Int(words[1])
            }
        }
        return result
    }

    /// python3-minimal has no more than this needs. A client that waits longer than 20 s has failed.
    private static let script = """
        import collections, os, socket, sys, threading, time

        address, port, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        outcomes, longest, lock = collections.Counter(), 0.0, threading.Lock()
        failures = []

        def request():
            try:
                with socket.create_connection((address, port), timeout=20) as connection:
                    connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                    answer = b""
                    while piece := connection.recv(65536):
                        answer += piece
                return "ok" if b" 200 OK" in answer and b"hello from" in answer else "incomplete"
            except OSError as error:
                return type(error).__name__

        def client():
            global longest
            started = time.monotonic()
            outcome = request()
            with lock:
                outcomes[outcome] += 1
                if outcome != "ok" and len(failures) < 10:
                    now = time.time()
                    failures.append(f"failure {outcome}@{time.strftime('%H:%M:%S', time.localtime(now))}.{now % 1 * 1000:03.0f}")
                longest = max(longest, time.monotonic() - started)

        def report():
            with lock:
                lines = [f"{name} {count}" for name, count in outcomes.items()] + [f"longest {longest:.3f}"] + failures
            with open("/run/load.new", "w") as file:
                file.write("\\n".join(lines) + "\\n")
            os.rename("/run/load.new", "/run/load.result")

        clients, due = [], time.monotonic()
        while not os.path.exists("/run/load.stop"):
            thread = threading.Thread(target=client)
            thread.start()
            clients = [other for other in clients if other.is_alive()] + [thread]
            report()
            due += 1 / rate
            time.sleep(max(0, due - time.monotonic()))
        for thread in clients:
            thread.join()
        report()
        """
}
