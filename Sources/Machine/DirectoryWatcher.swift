import Glibc
import Synchronization

/// Says when the content of a folder may have changed: a file written and closed, moved in or out, or removed, or the
/// folder itself made, replaced or removed. Hints, not events: several changes may give one, and one that changed nothing
/// is possible. The first comes at once, so that whoever reads the folder at every hint misses nothing.
///
/// The folder need not exist; it may come, go and come again, and its path may be a symbolic link that is pointed elsewhere.
/// A link further up is followed when watching begins. One consumer: iterate once; the watch ends with that iteration, when
/// its task is cancelled or the watcher is let go of. If it ends by itself, the kernel has refused a watch: read the folder
/// on a timer, and try anew.
public final class DirectoryWatcher: AsyncSequence, Sendable {
    /// Something may have changed.
    public typealias Element = Void

    private let hints: AsyncStream<Void>

    /// Watches an absolute path from now on, in a thread of its own. Throws `noSpace` if the kernel has no more inotify
    /// instances or watches, `refused` if the folder may not be read, `unsuitable` for a relative path.
    public init(path: String) throws(FileError) {
        let watching = try Watching(path: path)
        let (hints, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in watching.stop() }
        continuation.yield()
        try startThread {
            while watching.wait() {
                do throws(FileError) {
                    if try watching.takeEvents() { continuation.yield() }
                } catch {
                    break
                }
            }
            continuation.finish()
        }
        self.hints = hints
    }

    /// See `AsyncSequence`.
    public func makeAsyncIterator() -> AsyncStream<Void>.Iterator { hints.makeAsyncIterator() }
}

/// What the thread and the consumer share; the descriptor is closed when both have let go.
private final class Watching: Sendable {
    private struct State: ~Copyable {
        var watches: FolderWatches
        var isStopped = false
    }

    private let state: Mutex<State>
    private let descriptor: Int32

    init(path: String) throws(FileError) {
        let watches = try FolderWatches(path: path)
        descriptor = watches.descriptor
        state = Mutex(State(watches: watches))
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.watches.wakeReader()
        }
    }

    /// Until there are events; false when it was told to stop.
    func wait() -> Bool {
        var awaited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&awaited, 1, -1) < 0 {
            guard errno == EINTR else { return false }
        }
        return state.withLock { !$0.isStopped }
    }

    func takeEvents() throws(FileError) -> Bool {
        try state.withLock { state throws(FileError) in try state.watches.takeEvents() }
    }
}

/// Runs `body` in a detached thread with a small stack, for what waits in a system call. Throws if the kernel has no more.
private func startThread(_ body: @escaping @Sendable () -> Void) throws(FileError) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 * 1024)
    var thread = pthread_t()
    let result = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    guard result == 0 else {
        box.release()
        throw FileError("start a thread for", "inotify", errno: result)
    }
}
