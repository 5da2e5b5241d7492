import Glibc

/// A lock file of one test, removed with it.
final class TestLock: Sendable {
    let path: String
    private let descriptor: Int32

    init() throws {
        path = "/tmp/minion-xtables-\(getpid()).lock"
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CallFailed("open \(path)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func take() throws {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw CallFailed("flock") }
    }

    func release() throws {
        guard flock(descriptor, LOCK_UN) == 0 else { throw CallFailed("flock") }
    }
}
