import ClusterModel
import Proxy
import Services

/// A service as tests want one: only what matters is said.
func makeService(
    _ name: String, _ portalIP: String = "10.11.0.1", port: Int = 80, namespace: String = "default",
    transport: TransportProtocol = .tcp, proxyPort: Int = 0
) -> Service {
    Service(
        meta: ObjectMeta(name: name, namespace: namespace), port: port, transport: transport, selector: ["name": name],
        portalIP: portalIP, proxyPort: proxyPort)
}

func makeKey(_ name: String, namespace: String = "default") -> ObjectKey {
    ObjectKey(kind: .service, namespace: namespace, name: name)
}

/// A wanted service with as many backends as asked for.
func makeDesired(_ service: Service, backends: Int = 1, generation: UInt64 = 1) -> DesiredService {
    DesiredService(
        service: service, backends: (0..<backends).map { Backend(address: 0x0A14_0001 + UInt32($0), port: 80) },
        generation: generation)
}

func makePortal(_ address: String, _ port: UInt16 = 80) throws -> Portal {
    Portal(address: try makeAddress(address), port: port)
}

func makeAddress(_ text: String) throws -> IPv4Address {
    guard let address = IPv4Address(text) else { throw NoAddress(text: text) }
    return address
}

struct NoAddress: Error {
    let text: String
}
