import CLinux
import Glibc

/// Starts the threads workers live on.
enum WorkerThread {
    /// Runs `worker` on a thread of its own until it is told to end. Nobody joins it: it owns what it needs, and closes it.
    ///
    /// All signals are blocked there: they belong to the threads that wait for them, and none may interrupt the data plane.
    static func start(_ worker: consuming Worker, name: String) throws(ProxyError) {
        let box = Unmanaged.passRetained(Box(worker))
        var blocked = sigset_t()
        var before = sigset_t()
        sigfillset(&blocked)
        // Set here and inherited, so that there is no moment at which the new thread has them unblocked.
        pthread_sigmask(SIG_SETMASK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                // Balances passRetained above; exactly one thread gets this pointer.
                let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                if var worker = box.worker.take() { worker.run() }
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw .systemCall("start a worker thread", result)
        }
        pthread_setname_np(thread, name)
        pthread_detach(thread)
    }

    /// Carries a worker through the untyped argument of `pthread_create`.
    private final class Box {
        var worker: Worker?
        init(_ worker: consuming Worker) { self.worker = consume worker }
    }
}
