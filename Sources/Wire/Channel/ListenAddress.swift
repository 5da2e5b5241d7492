import NIOCore

/// Where a server listens.
public enum ListenAddress: Sendable, Hashable {
    /// A textual IP address and the port, which is the real one where 0 was asked for.
    case tcp(address: String, port: Int)
    case unix(path: String)

    /// The TCP port; `nil` for a path.
    public var port: Int? {
        if case .tcp(_, let port) = self { port } else { nil }
    }

    init(_ channel: any Channel) {
        if let address = channel.localAddress?.ipAddress, let port = channel.localAddress?.port {
            self = .tcp(address: address, port: port)
        } else {
            self = .unix(path: channel.localAddress?.pathname ?? "")
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    /// `0.0.0.0:10250`, `/run/minion/miniond.sock`.
    public var description: String {
        switch self {
        case .tcp(let address, let port): address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        case .unix(let path): path
        }
    }
}
