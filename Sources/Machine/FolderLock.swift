import Glibc

/// Keeps two agents, or two masters, from sharing one folder: an exclusive flock(2) on its file `lock`, held until this
/// is let go of or the process ends, however it ends. A child does not inherit it.
public final class FolderLock: Sendable {
    private let file: OpenFile

    /// Takes the lock of an existing folder or throws: `inUse` with the holder's process id in the message, `missing`,
    /// `refused`, `readOnly`.
    public init(folder: String) throws(FileError) {
        let path = "\(folder)/lock"
        let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            guard number == EWOULDBLOCK else { throw FileError("lock", path, errno: number) }
            let holder = String(decoding: try file.readAll(limit: 64), as: UTF8.self)
            throw FileError(
                .inUse, path, "\(folder) is used by another process, \(holder.isEmpty ? "unknown" : holder)")
        }
        try file.truncate(to: 0)
        try file.write(Array("\(getpid())".utf8), at: 0)
        self.file = file
    }

    // Closing alone is not enough: a child between fork and exec still has the descriptor, and with it the lock.
    deinit { _ = flock(file.descriptor, LOCK_UN) }
}
