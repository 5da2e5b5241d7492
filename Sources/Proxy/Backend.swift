/// Where a service's connections may be sent: one pod's port.
public struct Backend: Hashable, Sendable, CustomStringConvertible {
    /// IPv4 address in host byte order: 127.0.0.1 is `0x7F00_0001`.
    public var address: UInt32
    /// TCP port, 1…65535; a dial to port 0 fails like one to a closed port.
    public var port: UInt16

    /// A backend at `address` (IPv4, host byte order) and `port`.
    public init(address: UInt32, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Dotted quad and port: `10.20.1.7:80`.
    public var description: String {
        "\(address >> 24).\((address >> 16) & 255).\((address >> 8) & 255).\(address & 255):\(port)"
    }
}
