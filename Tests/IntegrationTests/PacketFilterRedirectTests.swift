import ClusterModel
import Logging
import Machine
import NodeKit
import Proxy
import Services
import Synchronization
import Testing

/// The founding story without containers: real rules, the real proxy, and clients on both sides of the node.
@Suite struct PacketFilterRedirectTests {
    private static let portalIP: UInt32 = 0x0A0B_0001
    private static let key = ObjectKey(kind: .service, name: "apache-service")
    private static let service = Service(
        meta: ObjectMeta(name: "apache-service"), port: 12345, selector: ["name": "apache"], portalIP: "10.11.0.1")

    private static let docker = (["*nat"] + PacketFilterCase.docker + ["COMMIT"]).joined(separator: "\n") + "\n"

    /// Keeps nothing: the tests do not restart.
    private struct NoStore: ListenerStore {
        func keep(_ descriptor: Int32, name: String) -> SystemdNotifier.Delivery { .noManager }
        func forget(_ name: String) {}
    }

    /// One node in a network of its own, serving `service` from a backend of this test.
    private struct Node {
        let network: PrivateNetwork
        let proxy: ProxyServer
        let backend: TestSocket
        let reconciler: ServiceReconciler
        let reports: AsyncStream<ServiceReport>

        init(_ flavour: IptablesFlavour) async throws {
            network = try await PrivateNetwork()
            // Without an address of its own a host sends from 0.0.0.0, and nothing comes back.
            try await network.run("ip", "address", "add", "192.0.2.10/32", "dev", "lo")
            // The listener belongs to the node's network; the backend to this process's, where the proxy dials.
            let listener = try await network.inside { try TestSocket.listen() }
            backend = try TestSocket.listen()
            var settings = ProxySettings()
            settings.workers = 1
            proxy = try ProxyServer(settings: settings)
            let (reports, sink) = AsyncStream<ServiceReport>.makeStream()
            self.reports = reports
            reconciler = ServiceReconciler(
                proxy: proxy, filter: IptablesFilter(flavour, commands: network.commands),
                adopted: [ListenerName.of(key): try listener.duplicate()], store: NoStore(),
                report: { sink.yield($0) }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        }

        func begin() async throws {
            let backends = [Backend(address: 0x7F00_0001, port: try backend.port)]
            await reconciler.begin(
                services: [DesiredService(service: service, backends: backends, generation: 1)], complete: true)
            for await report in reports {
                #expect(report.convergence == .applied)
                return
            }
        }

        /// Whether somebody in `network` who connects to the portal is answered by the backend.
        func answers(in clientNetwork: PrivateNetwork) async throws -> Bool {
            let (client, served) = try await connect(in: clientNetwork)
            return try await onThread {
                try served.send("It works!")
                return try client.receive() == "It works!"
            }
        }

        /// The two ends of a new connection through the portal.
        func connect(in clientNetwork: PrivateNetwork) async throws -> (client: TestSocket, served: TestSocket) {
            let client = try await clientNetwork.inside { try TestSocket.connect(to: portalIP, port: 12345) }
            let backend = backend
            return (client, try await onThread { try backend.accept() })
        }
    }

    @Test("a process of the host reaches the portal", arguments: PacketFilterKernelTests.flavours)
    func fromHost(flavour: IptablesFlavour) async throws {
        let node = try await Node(flavour)
        // Without a route to the portal net no packet gets as far as the hook (reference §5.5).
        try await node.network.run("ip", "route", "add", "10.11.0.0/16", "dev", "lo")
        try await node.begin()
        #expect(try await node.answers(in: node.network))
    }

    @Test(
        "a host that routes the portal net to itself is not fooled by Docker",
        arguments: PacketFilterKernelTests.flavours)
    func besideDocker(flavour: IptablesFlavour) async throws {
        let node = try await Node(flavour)
        try await node.network.run("ip", "route", "add", "local", "10.11.0.0/16", "dev", "lo")
        // A container with the portal's port published: its rule matches every local address, the portal's too.
        try await node.network.run(flavour.restore, "--noflush", input: Self.docker)
        try await node.begin()
        #expect(try await node.answers(in: node.network))
    }

    @Test("a machine that routes the portal net here reaches the portal", arguments: PacketFilterKernelTests.flavours)
    func fromElsewhere(flavour: IptablesFlavour) async throws {
        let node = try await Node(flavour)
        let client = try await PrivateNetwork()
        try await node.network.run(
            "ip", "link", "add", "n0", "type", "veth", "peer", "name", "c0", "netns", client.path)
        try await node.network.run("ip", "address", "add", "192.0.2.1/24", "dev", "n0")
        try await node.network.run("ip", "link", "set", "n0", "up")
        try await client.run("ip", "address", "add", "192.0.2.2/24", "dev", "c0")
        try await client.run("ip", "link", "set", "c0", "up")
        try await client.run("ip", "route", "add", "10.11.0.0/16", "via", "192.0.2.1")
        try await node.begin()
        #expect(try await node.answers(in: client))
    }

    @Test(
        "what somebody flushed is back, and the connection that was open never noticed",
        arguments: PacketFilterKernelTests.flavours)
    func survivesFlush(flavour: IptablesFlavour) async throws {
        let node = try await Node(flavour)
        try await node.network.run("ip", "route", "add", "10.11.0.0/16", "dev", "lo")
        // The kernel tracks connections as long as any rule needs it, and Docker's MASQUERADE always does.
        try await node.network.run(flavour.restore, "--noflush", input: Self.docker)
        try await node.begin()
        let (client, served) = try await node.connect(in: node.network)
        try await node.network.run(flavour.rawValue, "-t", "nat", "-F", "KUBE-PROXY")
        let heard = try await onThread {
            try served.send("still here")
            return try client.receive()
        }
        #expect(heard == "still here")
        await node.reconciler.verify()
        #expect(try await node.answers(in: node.network))
    }
}
