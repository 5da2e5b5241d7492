public import ServiceLifecycle

/// A loop that ended although nobody stopped it; there is one kind, and one thing to do about it: start the daemon again.
public struct LoopEnded: Error, Equatable, CustomStringConvertible {
    /// Of the loop.
    public let name: String

    /// In words, with the name.
    public var description: String { "the loop \(name) ended by itself" }
}

/// A part that runs until the daemon stops. One that throws, or ends by itself though it has no end, takes the daemon down,
/// and systemd starts it again: a loop that is dead in a process that lives is what nobody notices.
public struct Loop: ServiceLifecycle.Service {
    private let name: String
    private let mayEnd: Bool
    private let body: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - name: for `LoopEnded`.
    ///   - mayEnd: whether the body's work may be done before the daemon stops, as the registration of machines is.
    ///   - body: is cancelled when the daemon stops.
    public init(_ name: String, mayEnd: Bool = false, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.mayEnd = mayEnd
        self.body = body
    }

    /// Runs the body until it ends or the daemon stops.
    /// - Throws: `LoopEnded`, or what the body throws but for `CancellationError`.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await body()
                if mayEnd {
                    // A service that returns would stop all others.
                    try await gracefulShutdown()
                } else if !Task.isCancelled {
                    throw LoopEnded(name: name)
                }
            }
        } catch is CancellationError {
            // The daemon stops, which is the one way a loop is meant to end.
        }
    }
}
