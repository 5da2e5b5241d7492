import ServiceLifecycle

/// A part that runs until the master stops, or until its work is done, as the registration of machines. One that throws takes
/// the master down, and systemd starts it again. The agent's loops have no end of their own and are stricter.
struct Loop: ServiceLifecycle.Service {
    let name: String
    let body: @Sendable () async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.body = body
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await body()
                // A part that has done its work has nothing to do until the end.
                try await gracefulShutdown()
            }
        } catch is CancellationError {
            // The master stops, which is the one way a loop is meant to end.
        }
    }
}
