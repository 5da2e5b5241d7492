import Glibc

/// Why a file operation did not happen. Nothing has changed on disk unless the operation's own words say otherwise.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller may decide by.
    public enum Code: Sendable, Equatable {
        /// The disk, the quota or the process's file-size limit is full (ENOSPC, EDQUOT, EFBIG).
        case noSpace
        /// The file system is mounted read-only.
        case readOnly
        /// Permission denied.
        case refused
        /// The file or a folder on its path does not exist.
        case missing
        /// Larger than the caller's bound.
        case tooLarge
        /// Somebody else holds the lock.
        case inUse
        /// Not something that this operation can be done with: a folder, a pipe, a record with a line break in it.
        case unsuitable
        /// Everything else; the message has the kernel's words.
        case failed
    }

    /// What a caller may decide by.
    public var code: Code
    /// The path that the operation was about.
    public var path: String
    /// One line for a person: the operation, the path and why.
    public var message: String
    /// The message.
    public var description: String { message }

    /// For conditions that are not the kernel's.
    init(_ code: Code, _ path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// From the `errno` of a system call that has just failed.
    init(_ operation: String, _ path: String, errno number: Int32) {
        code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .noSpace
            case EROFS: .readOnly
            case EACCES, EPERM: .refused
            case ENOENT, ENOTDIR: .missing
            case EWOULDBLOCK: .inUse
            case EISDIR, ELOOP, ENXIO: .unsuitable
            default: .failed
            }
        self.path = path
        message = "\(operation) \(path): \(errorText(number))"
    }
}

/// The C library's words for an error number.
func errorText(_ number: Int32) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
