import ClusterModel
import NodeKit
import Proxy
import Services
import Testing

/// What happens at the start: what runs is kept, and nothing is programmed from half a picture.
@Suite struct BeginStories {
    static let web = PacketFilterCase.rule("web", 0x0A0B_0001, 80, to: 33945)
    static let other = PacketFilterCase.rule("other", 0x0A0B_0002, 80, to: 33946)

    @Test("an empty node programs its services in one transaction")
    func beginsEmpty() async throws {
        let node = try ServiceNode()
        await node.begin([makeService("apache-service", port: 12345), makeService("web", "10.11.0.2")])
        #expect(node.rules.map { $0.prefix { $0 != ">" } } == ["apache-service 10.11.0.1:12345", "web 10.11.0.2:80"])
        #expect(node.lines("-A PREROUTING") == ["-A PREROUTING -j KUBE-PROXY"])
        #expect(node.lines("-A OUTPUT") == ["-A OUTPUT -j KUBE-PROXY"])
        #expect(node.filter.transactions.count == 1)
        #expect(
            node.last("web")
                == ServiceReport(
                    key: makeKey("web"), generation: 1, convergence: .applied,
                    proxyPort: node.host.port(of: "service/default/web"), backends: 1))
        #expect(node.store.descriptors.keys.sorted() == ["service/default/apache-service", "service/default/web"])
        #expect(node.log.messages(of: "serviceProgrammed").count == 2)
        #expect(node.violations == [])
    }

    @Test("a node without services makes the chain and its two references, for the first to come")
    func beginsWithNothing() async throws {
        let node = try ServiceNode()
        await node.begin([])
        #expect(node.lines(":KUBE-PROXY") == [":KUBE-PROXY - [0:0]"])
        #expect(node.lines("-A").count == 2)
    }

    @Test("a listener that was handed over is served again, and the kernel is not touched")
    func adoptsListener() async throws {
        let node = try ServiceNode(kernel: [Self.web], handedOver: [Self.web.key: 33945])
        await node.begin([makeService("web")])
        #expect(node.filter.transactions.isEmpty)
        #expect(node.filter.inspections == 1)
        #expect(node.last("web")?.convergence == .applied)
        #expect(node.last("web")?.proxyPort == 33945)
        #expect(node.host.backends(of: "service/default/web")?.count == 1)
        #expect(node.log.messages(of: "serviceProgrammed").isEmpty)
    }

    @Test("without the listener its old port is taken again, and the kernel is not touched")
    func takesOldPort() async throws {
        let node = try ServiceNode(kernel: [Self.web])
        await node.begin([makeService("web")])
        #expect(node.filter.transactions.isEmpty)
        #expect(node.last("web")?.proxyPort == 33945)
        #expect(node.store.descriptors["service/default/web"] != nil)
    }

    @Test("if the old port is somebody else's, the rule is led to a new one")
    func replacesTakenPort() async throws {
        let node = try ServiceNode(kernel: [Self.web])
        node.host.take(port: 33945)
        await node.begin([makeService("web")])
        #expect(node.rules == ["web 10.11.0.1:80>40001"])
        #expect(node.filter.transactions.count == 1)
        #expect(node.violations == [])
    }

    @Test("a descriptor that is no listener is dropped, and the service gets a new one")
    func dropsBadDescriptor() async throws {
        let node = try ServiceNode()
        node.store.keep(7, name: "service/default/web")
        let reconciler = ServiceReconciler(
            proxy: node.host, filter: node.filter, adopted: ["service/default/web": 7], store: node.store,
            clock: node.clock, report: { _ in }, logger: node.log.logger)
        await reconciler.begin(services: [makeDesired(makeService("web"))], complete: true)
        await reconciler.settle()
        #expect(node.rules == ["web 10.11.0.1:80>40001"])
        #expect(node.store.descriptors["service/default/web"] != 7)
    }

    @Test("a descriptor that is no service's is left alone")
    func leavesOtherDescriptors() async throws {
        let node = try ServiceNode()
        let descriptor = node.host.leaveSocket(port: 10250)
        node.store.keep(descriptor, name: "master")
        let reconciler = ServiceReconciler(
            proxy: node.host, filter: node.filter, adopted: ["master": descriptor], store: node.store,
            clock: node.clock, report: { _ in }, logger: node.log.logger)
        await reconciler.begin(services: [], complete: true)
        await reconciler.settle()
        #expect(node.host.openPorts == [10250] && node.store.descriptors == ["master": descriptor])
    }

    @Test("a complete picture removes what no service explains, rule first, then listener")
    func removesStale() async throws {
        let node = try ServiceNode(
            kernel: [Self.web, Self.other], handedOver: [Self.web.key: 33945, Self.other.key: 33946])
        await node.begin([makeService("web")])
        #expect(node.rules == ["web 10.11.0.1:80>33945"])
        #expect(node.host.openPorts == [33945])
        #expect(Array(node.store.descriptors.keys) == ["service/default/web"])
        #expect(node.violations == [])
    }

    @Test("half a picture adds, and takes nothing away until it is complete")
    func keepsUnknown() async throws {
        let node = try ServiceNode(kernel: [Self.other], handedOver: [Self.other.key: 33946])
        try node.filter.restore("-A KUBE-PROXY -s 1.2.3.4/32 -j RETURN")
        await node.begin([makeService("web")], complete: false)
        #expect(node.rules == ["other 10.11.0.2:80>33946", "web 10.11.0.1:80>40001"])
        #expect(node.lines("-A KUBE-PROXY").count == 3)
        // Nobody accepts for the unknown service, so its clients wait.
        #expect(node.host.openPorts == [33946, 40001] && !node.host.names.contains("service/default/other"))

        // The periodic comparison is no reason to remove either.
        await node.reconciler.verify()
        #expect(node.lines("-A KUBE-PROXY").count == 3)

        await node.reconciler.becomeComplete()
        await node.reconciler.settle()
        #expect(node.rules == ["web 10.11.0.1:80>40001"] && node.lines("-A KUBE-PROXY").count == 1)
        #expect(node.host.openPorts == [40001])
        #expect(node.violations == [])
    }

    @Test("a service that is named before the picture is complete gets its listener and keeps its rule")
    func adoptsLate() async throws {
        let node = try ServiceNode(
            kernel: [Self.web, Self.other], handedOver: [Self.other.key: 33946])
        await node.begin([], complete: false)
        #expect(node.filter.transactions.isEmpty)
        await node.update([makeDesired(makeService("other", "10.11.0.2")), makeDesired(makeService("web"))])
        #expect(node.filter.transactions.isEmpty)
        #expect(node.last("other")?.proxyPort == 33946)
        #expect(node.last("web")?.proxyPort == 33945)
        await node.reconciler.becomeComplete()
        await node.reconciler.settle()
        #expect(node.filter.transactions.isEmpty)
        #expect(node.rules.count == 2)
    }

    @Test("half a picture leads a portal it knows away from a dead port")
    func mendsKnownPortal() async throws {
        let node = try ServiceNode(kernel: [Self.web, Self.other])
        node.host.take(port: 33945)
        await node.begin([makeService("web")], complete: false)
        #expect(node.rules == ["other 10.11.0.2:80>33946", "web 10.11.0.1:80>40001"])
        #expect(node.violations == [])
    }

    @Test("of two old rules for one portal the one in force tells the port")
    func takesPortInForce() async throws {
        let dead = PacketFilterCase.rule("web", 0x0A0B_0001, 80, to: 1)
        let node = try ServiceNode(kernel: [Self.web, dead])
        await node.begin([makeService("web")])
        #expect(node.rules == ["web 10.11.0.1:80>33945"])
        #expect(node.violations == [])
    }

    @Test(
        "a known service that changes takes its own rule along while others' stay",
        arguments: [
            makeService("web", transport: .udp), makeService("web", "10.11.0.9"), makeService("web", proxyPort: 5000),
        ])
    func changesKnownService(_ change: Service) async throws {
        let node = try ServiceNode(kernel: [Self.web, Self.other], handedOver: [Self.web.key: 33945])
        await node.begin([makeService("web")], complete: false)
        await node.update([makeDesired(change, generation: 2)])
        #expect(!node.rules.contains("web 10.11.0.1:80>33945"))
        #expect(node.rules.contains("other 10.11.0.2:80>33946"))
        #expect(node.violations == [])
    }

    @Test("half a picture removes a service that was named; what was only handed over waits until it is complete")
    func defersRemoval() async throws {
        let node = try ServiceNode(
            kernel: [Self.web, Self.other], handedOver: [Self.web.key: 33945, Self.other.key: 33946])
        await node.begin([makeService("web")], complete: false)
        node.forget()
        await node.update(removed: [Self.web.key, Self.other.key])
        await node.reconciler.settle()
        #expect(node.last("web")?.convergence == .removed)
        #expect(node.last("other") == nil && node.rules.count == 1)
        await node.reconciler.becomeComplete()
        await node.reconciler.settle()
        #expect(node.last("other")?.convergence == .removed)
        #expect(node.rules.isEmpty && node.host.openPorts.isEmpty && node.store.descriptors.isEmpty)
        #expect(node.violations == [])
    }

    @Test("what is named again right after its removal is served")
    func takesBackRemoval() async throws {
        let node = try ServiceNode(kernel: [Self.web], handedOver: [Self.web.key: 33945])
        await node.begin([makeService("web")], complete: false)
        await node.update(removed: [Self.web.key])
        await node.update([makeDesired(makeService("web"), generation: 2)])
        await node.reconciler.becomeComplete()
        await node.reconciler.settle()
        #expect(node.last("web")?.convergence == .applied && node.rules.count == 1)
    }

    @Test("the service whose listener was handed over keeps a portal that two want")
    func heirKeepsPortal() async throws {
        let node = try ServiceNode(kernel: [Self.web], handedOver: [Self.web.key: 33945])
        await node.begin([makeService("ape"), makeService("web")])
        #expect(node.last("web")?.convergence == .applied)
        #expect(node.last("ape")?.convergence.reason == "PortalConflict")
        #expect(node.filter.transactions.isEmpty)
    }

    @Test("while the kernel cannot be read, what was handed over is served and nothing else is begun")
    func waitsForKernel() async throws {
        let node = try ServiceNode(kernel: [Self.web, Self.other], handedOver: [Self.web.key: 33945])
        node.filter.breakDown(FilterError(code: .locked, message: "busy"))
        await node.begin([makeService("web"), makeService("other", "10.11.0.2")])
        #expect(node.host.names == ["service/default/web"])
        #expect(node.host.backends(of: "service/default/web")?.count == 1)
        #expect(
            node.last("other")?.convergence
                == .failed(reason: "FilterLocked", message: "busy", retryIn: .seconds(1)))
        node.filter.breakDown(nil)
        try await node.running { try await node.pass(seconds: 1) }
        #expect(node.last("web")?.convergence == .applied)
        // Opened only now, when it was known which port its rule led to.
        #expect(node.last("other")?.proxyPort == 33946)
        #expect(node.filter.transactions.isEmpty)
    }
}

extension Convergence {
    /// Of `failed`.
    var reason: String? {
        if case .failed(let reason, _, _) = self { reason } else { nil }
    }
}
