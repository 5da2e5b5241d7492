import Logging
import Machine

/// When to look at a folder: at once, at every hint of inotify, and every `interval` as the truth behind the hints (law 4).
struct FolderLooks: Sendable {
    /// A missed hint is made good within this time; reading a few small files costs nothing.
    static let interval: Duration = .seconds(20)

    /// An absolute path; the folder may come later.
    let folder: String
    /// What it is in the log: "the manifests folder".
    let name: String
    let logger: Logger

    /// Gives `body` a look at a time, until it is cancelled. Looks that come while it is busy are one.
    /// - Throws: `CancellationError`.
    func run(_ body: @escaping @Sendable (AsyncStream<Void>) async -> Void) async throws {
        let (looks, look) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    look.yield()
                    try await Task.sleep(for: Self.interval)
                }
            }
            group.addTask { await passHints(to: look) }
            group.addTask { await body(looks) }
            try await group.waitForAll()
        }
    }

    /// Passes inotify's hints on until they end; without them the interval alone remains.
    private func passHints(to look: AsyncStream<Void>.Continuation) async {
        do {
            for await _ in try DirectoryWatcher(path: folder) { look.yield() }
        } catch {
            logger.warning("\(name) is only looked at every \(Self.interval): \(error.message)")
        }
    }
}
