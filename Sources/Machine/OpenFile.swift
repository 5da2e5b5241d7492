import Glibc

/// How bytes get to the disk. A parameter so that tests see what was synced, and when: no machine that lives on, and no killed
/// container, loses what was not.
struct DiskSync: Sendable {
    /// Syncs an open file, 0 or -1 with `errno`; the second argument is its path.
    let file: @Sendable (Int32, String) -> Int32
    /// The same for the names in a folder.
    let folder: @Sendable (Int32, String) -> Int32

    /// fdatasync(2): the bytes, and the size if it has changed. fsync(2) for names.
    static let disk = DiskSync(
        file: { descriptor, _ in fdatasync(descriptor) }, folder: { descriptor, _ in fsync(descriptor) })
}

/// An open regular file, closed with its owner. Interrupted calls are made again; every failure names the path.
struct OpenFile: ~Copyable, Sendable {
    let descriptor: Int32
    let path: String
    private let sync: DiskSync

    /// `O_CLOEXEC` is added, and `O_NONBLOCK`, so that a pipe in a file's place stops nobody.
    init(_ path: String, _ flags: Int32, mode: UInt16 = 0o600, sync: DiskSync = .disk) throws(FileError) {
        self.path = path
        self.sync = sync
        descriptor = open(path, flags | O_CLOEXEC | O_NONBLOCK, mode_t(mode))
        guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("stat", path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.unsuitable, path, "\(path): not a regular file")
        }
    }

    deinit { close(descriptor) }

    /// In bytes.
    func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("stat", path, errno: errno) }
        return Int(status.st_size)
    }

    /// The whole file from its start; `tooLarge` if that is more than `limit` bytes.
    func readAll(limit: Int) throws(FileError) -> [UInt8] {
        let size = try size()
        guard size <= limit else {
            throw FileError(.tooLarge, path, "\(path): \(size) bytes, at most \(limit) are read")
        }
        // One more than wanted shows a file that has grown meanwhile.
        var bytes = [UInt8](repeating: 0, count: size + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                let rest = UnsafeMutableRawBufferPointer(rebasing: $0[filled...])
                return pread(descriptor, rest.baseAddress, rest.count, filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path, errno: errno) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= size else { throw FileError(.failed, path, "\(path): written to while it was read") }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// All of it or an error; after an error any part of it may have been written.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = UnsafeRawBufferPointer(rebasing: $0[written...])
                return pwrite(descriptor, rest.baseAddress, rest.count, offset + written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("write", path, errno: errno) }
            written += count
        }
    }

    /// The bytes, and the size if it has changed, are on the disk.
    func syncData() throws(FileError) {
        guard sync.file(descriptor, path) == 0 else { throw FileError("sync", path, errno: errno) }
    }

    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, size) == 0 else { throw FileError("truncate", path, errno: errno) }
    }

    /// Exactly these permissions, whatever the umask.
    func setMode(_ mode: UInt16) throws(FileError) {
        guard fchmod(descriptor, mode_t(mode)) == 0 else { throw FileError("chmod", path, errno: errno) }
    }
}

/// The names in the folder of `path` are on the disk: without it a rename may be undone by a power cut.
func syncFolder(of path: String, _ sync: DiskSync) throws(FileError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", folder, errno: errno) }
    defer { close(descriptor) }
    guard sync.folder(descriptor, folder) == 0 else { throw FileError("sync", folder, errno: errno) }
}
