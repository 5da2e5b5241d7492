import Glibc

/// Files that hold either their old content or their new one, whole, at every moment including a power cut.
/// One writer per path; readers need no lock.
public enum AtomicFile {
    /// Damaged copies of one file that are kept: more would only fill the disk.
    static let damagedLimit = 1000

    /// Writes `path.new` in the same folder, syncs it, renames it over `path` and syncs the folder. What a crash has left
    /// in `path.new` is overwritten. `mode` is exact, whatever the umask. On an error `path` is as it was, except that a
    /// failed sync of the folder, the last step, leaves the new content in place.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt16 = 0o600) throws(FileError) {
        try write(bytes, to: path, mode: mode, sync: .disk)
    }

    static func write(_ bytes: [UInt8], to path: String, mode: UInt16, sync: DiskSync) throws(FileError) {
        _ = try replace(path, with: bytes, mode: mode, sync: sync)
        try syncFolder(of: path, sync)
    }

    /// The content, or `nil` if there is no such file. Throws `tooLarge` above `limit` bytes and `unsuitable` for anything
    /// but a regular file.
    public static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try OpenFile(path, O_RDONLY).readAll(limit: limit)
        } catch  where error.code == .missing {
            return nil
        }
    }

    /// Renames a damaged file to `path.damaged-<n>`, n the first free number from 1, and returns that path.
    public static func setAside(_ path: String) throws(FileError) -> String {
        let aside = try freeAsidePath(of: path)
        guard rename(path, aside) == 0 else { throw FileError("rename", path, errno: errno) }
        try syncFolder(of: path, .disk)
        return aside
    }

    /// Gives a damaged file a second name, `path.damaged-<n>`: the one it has from a repair that a crash cut short, else n is
    /// the first free number from 1. The caller puts a new file over the first name and syncs the folder, so there is no
    /// moment without either.
    static func keep(_ path: String) throws(FileError) -> (copy: String, isNew: Bool) {
        var damaged = stat()
        guard lstat(path, &damaged) == 0 else { throw FileError("lstat", path, errno: errno) }
        let present = (1...damagedLimit).lazy.map { keptPath(of: path, $0) }.first { name in
            var other = stat()
            return lstat(name, &other) == 0 && other.st_ino == damaged.st_ino && other.st_dev == damaged.st_dev
        }
        if let present { return (present, false) }
        let copy = try freeAsidePath(of: path)
        guard link(path, copy) == 0 else { throw FileError("link", path, errno: errno) }
        return (copy, true)
    }

    /// Gives a file that is written and synced the name `path` in the same folder, and syncs the folder. Throws `failed` and
    /// changes nothing when the name is taken: unlike a rename(2), this never replaces anything.
    public static func publish(_ temporary: String, as path: String) throws(FileError) {
        guard link(temporary, path) == 0 else { throw FileError("name", path, errno: errno) }
        unlink(temporary)
        try syncFolder(of: path, .disk)
    }

    /// Removes the file for good: also after a power cut it does not come back.
    /// - Returns: whether it was there and this call has removed it; of several callers exactly one is told so.
    public static func remove(_ path: String) throws(FileError) -> Bool {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return false }
            throw FileError("remove", path, errno: errno)
        }
        try syncFolder(of: path, .disk)
        return true
    }

    /// Everything but the sync of the folder, and the new file still open.
    static func replace(
        _ path: String, with bytes: [UInt8], mode: UInt16, sync: DiskSync
    ) throws(FileError) -> OpenFile {
        let temporary = path + ".new"
        do throws(FileError) {
            let file = try OpenFile(temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode, sync: sync)
            try file.setMode(mode)
            try file.write(bytes, at: 0)
            try file.syncData()
            guard rename(temporary, path) == 0 else { throw FileError("rename", temporary, errno: errno) }
            return file
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// The name of the damaged copy with this number.
    private static func keptPath(of path: String, _ number: Int) -> String { "\(path).damaged-\(number)" }

    /// The first free name `keep` would take now: also for files that belong to the damaged one and are to keep its company.
    /// The folder's lock keeps others from taking it. Throws `noSpace` when `damagedLimit` copies are kept.
    public static func freeAsidePath(of path: String) throws(FileError) -> String {
        for number in 1...damagedLimit {
            let copy = keptPath(of: path, number)
            var status = stat()
            if lstat(copy, &status) != 0, errno == ENOENT { return copy }
        }
        throw FileError(
            .noSpace, path, "\(path): \(damagedLimit) damaged copies are kept already; look at them, then remove them")
    }
}
