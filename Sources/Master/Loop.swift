import ServiceLifecycle

/// A loop that runs until the master stops. One that ends by itself, or throws, takes the master down, and systemd starts it
/// again: a loop that is dead in a process that lives is what nobody notices.
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
