import Glibc
import NIOCore

/// A listening socket in the file system (unix(7)).
struct UnixSocketFile {
    let path: String
    /// The socket; whoever takes it closes it.
    let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t

    /// Binds a socket of mode 0600 at `path`. A socket file that nobody answers on is replaced; anything else stays.
    ///
    /// Whoever may call this for one path at the same time must be kept apart by a lock of his own: between two that both
    /// find a stale file the later one wins.
    ///
    /// Throws `addressInUse` when somebody listens at `path`, `addressInvalid` when the path is too long, its folder is
    /// missing, or a file is there that is no socket.
    static func bind(_ path: String) throws(WireError) -> UnixSocketFile {
        let address: SocketAddress
        do {
            address = try SocketAddress(unixDomainSocketPath: path)
        } catch {
            throw WireError(.addressInvalid, "no socket can be at \(path)", cause: error)
        }
        try removeStale(path, address)
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else { throw failure(.addressInvalid, "no socket for \(path)", "socket") }
        do {
            return try bind(descriptor, path, address)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Removes the file, unless another one has taken its place.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        unlink(path)
    }

    private static let streamType =
        Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)

    private static func bind(
        _ descriptor: Int32, _ path: String, _ address: SocketAddress
    ) throws(WireError) -> UnixSocketFile {
        // On Linux the file takes the mode the socket has when it is bound: so nobody sees it with a wider one, and the
        // umask of the process, which all threads share, stays as it is.
        guard fchmod(descriptor, 0o600) == 0 else { throw failure(.addressInvalid, "mode of \(path)", "fchmod") }
        // The pointer lives for the call only.
        guard address.withSockAddr({ Glibc.bind(descriptor, $0, socklen_t($1)) }) == 0 else {
            throw failure(errno == EADDRINUSE ? .addressInUse : .addressInvalid, "cannot listen at \(path)", "bind")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure(.addressInvalid, "\(path) has vanished", "lstat") }
        return UnixSocketFile(path: path, descriptor: descriptor, device: status.st_dev, inode: status.st_ino)
    }

    private static func removeStale(_ path: String, _ address: SocketAddress) throws(WireError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw WireError(.addressInvalid, "\(path) exists and is no socket")
        }
        let probe = socket(AF_UNIX, streamType, 0)
        guard probe >= 0 else { throw failure(.addressInvalid, "no socket for \(path)", "socket") }
        defer { Glibc.close(probe) }
        // The pointer lives for the call only. Not blocking: a listener whose queue is full answers EAGAIN, and lives.
        let connected = address.withSockAddr { Glibc.connect(probe, $0, socklen_t($1)) }
        guard connected != 0, errno == ECONNREFUSED else {
            throw WireError(.addressInUse, "somebody listens at \(path)")
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw failure(.addressInUse, "the stale socket \(path) stays", "unlink")
        }
    }

    private static func failure(_ code: WireError.Code, _ message: String, _ call: String) -> WireError {
        WireError(code, message, cause: IOError(errnoCode: errno, reason: call))
    }
}
