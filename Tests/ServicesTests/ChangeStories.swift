import ClusterModel
import NodeKit
import Services
import Testing

/// What changes of wanted services cost and do.
@Suite struct ChangeStories {
    private func nodeWithWeb() async throws -> ServiceNode {
        let node = try ServiceNode()
        await node.begin([makeService("web")])
        node.forget()
        return node
    }

    @Test("one more service is one transaction of one line")
    func adds() async throws {
        let node = try await nodeWithWeb()
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        #expect(node.filter.transactions.map(\.added.count) == [1])
        #expect(node.filter.transactions.first?.declaresChain == false)
        #expect(node.filter.inspections == 0)
        #expect(node.last("api")?.convergence == .applied && node.last("web") == nil)
        #expect(node.violations == [])
    }

    @Test("one service less takes its rule, then its listener, then what systemd keeps")
    func removes() async throws {
        let node = try await nodeWithWeb()
        await node.update(removed: [makeKey("web")])
        #expect(node.filter.transactions.map(\.removed.count) == [1])
        #expect(node.rules.isEmpty && node.host.openPorts.isEmpty && node.store.descriptors.isEmpty)
        #expect(node.reports == [ServiceReport(key: makeKey("web"), generation: 1, convergence: .removed)])
        #expect(node.log.messages(of: "serviceRemoved").count == 1)
        #expect(node.violations == [])
    }

    @Test(
        "many services less fill the chain anew, for the tools look through all of it for each line",
        arguments: [100, 101])
    func removesMany(count: Int) async throws {
        let node = try ServiceNode()
        let services = (1...120).map { makeService("s\($0)", "10.11.0.\($0)") }
        await node.begin(services)
        node.forget()
        await node.update(removed: services.prefix(count).map(\.key))
        #expect(node.filter.transactions.map(\.removed.count) == [count > 100 ? 0 : count])
        #expect(node.filter.transactions.map(\.declaresChain) == [count > 100])
        #expect(node.rules.count == 120 - count && node.host.openPorts.count == 120 - count)
        #expect(node.reports.count == count)
        #expect(node.violations == [])
    }

    @Test(
        "before the picture is complete a change is one transaction of its own too, once nothing unknown is in the chain"
    )
    func changesPartialPicture() async throws {
        let node = try ServiceNode()
        await node.begin([makeService("web")], complete: false)
        node.forget()
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        await node.update(removed: [makeKey("web")])
        #expect(node.filter.inspections == 0)
        #expect(node.filter.transactions.map(\.added.count) == [1, 0])
        try node.filter.restore("-A KUBE-PROXY -s 1.2.3.4/32 -j RETURN")
        await node.reconciler.verify()
        await node.update([makeDesired(makeService("web"))])
        #expect(node.filter.inspections == 2, "a line that may be a service's to come")
        #expect(node.rules.count == 2 && node.lines("-A KUBE-PROXY").count == 3)
        #expect(node.violations == [])
    }

    @Test("removing what is not there is done at once")
    func removesNothing() async throws {
        let node = try await nodeWithWeb()
        await node.update(removed: [makeKey("never")])
        #expect(node.reports == [ServiceReport(key: makeKey("never"), generation: 0, convergence: .removed)])
        #expect(node.filter.transactions.isEmpty)
    }

    @Test("a change of backends touches no rule", arguments: [0, 1, 5])
    func changesBackends(count: Int) async throws {
        let node = try await nodeWithWeb()
        await node.update([makeDesired(makeService("web"), backends: count, generation: 2)])
        #expect(node.filter.transactions.isEmpty && node.filter.inspections == 0)
        #expect(node.host.backends(of: "service/default/web")?.count == count)
        #expect(
            node.reports == [
                ServiceReport(
                    key: makeKey("web"), generation: 2, convergence: .applied, proxyPort: 40001, backends: count)
            ])
        #expect(node.rules.count == 1)
    }

    @Test("another portal is one transaction, and the listener stays")
    func movesPortal() async throws {
        let node = try await nodeWithWeb()
        await node.update([makeDesired(makeService("web", "10.11.0.9", port: 81), generation: 2)])
        #expect(node.rules == ["web 10.11.0.9:81>40001"])
        #expect(node.filter.transactions.count == 1)
        #expect(node.violations == [])
    }

    @Test("a service that may no longer be served loses rule and listener, and gets them back when it may again")
    func becomesInvalid() async throws {
        let node = try await nodeWithWeb()
        await node.update([makeDesired(makeService("web", transport: .udp), generation: 2)])
        #expect(
            node.last("web")?.convergence
                == .failed(reason: "UnsupportedProtocol", message: "UDP services are not proxied yet", retryIn: nil))
        #expect(node.rules.isEmpty && node.host.openPorts.isEmpty && node.store.descriptors.isEmpty)
        #expect(node.log.messages(of: "serviceFailed").count == 1)
        await node.update([makeDesired(makeService("web"), generation: 3)])
        #expect(node.last("web")?.convergence == .applied && node.rules.count == 1)
        #expect(node.violations == [])
    }

    @Test("a service that is refused says so again for each generation, once in the journal")
    func repeatsRefusal() async throws {
        let node = try await nodeWithWeb()
        for generation in [1, 2] as [UInt64] {
            await node.update([makeDesired(makeService("dns", "", port: 53), backends: 2, generation: generation)])
            #expect(node.last("dns")?.generation == generation)
            #expect(node.last("dns")?.convergence.reason == "PortalIPMissing")
        }
        #expect(node.log.messages(of: "serviceFailed").count == 1)
        #expect(node.filter.transactions.isEmpty)
    }

    @Test("of two services with one portal the first is served, and the other in the moment the first leaves")
    func resolvesConflict() async throws {
        let node = try await nodeWithWeb()
        await node.update([makeDesired(makeService("rival"))])
        #expect(
            node.last("rival")?.convergence
                == .failed(
                    reason: "PortalConflict",
                    message: "10.11.0.1:80/tcp belongs to service default/web, which had it first", retryIn: nil))
        #expect(node.rules == ["web 10.11.0.1:80>40001"])
        node.forget()
        await node.update(removed: [makeKey("web")])
        #expect(node.rules == ["rival 10.11.0.1:80>40002"])
        #expect(node.filter.transactions.count == 1)
        #expect(node.last("rival")?.convergence == .applied && node.last("web")?.convergence == .removed)
        #expect(node.violations == [])
    }

    @Test("a port of its own is honoured, and a change of it moves the listener between two transactions")
    func movesListener() async throws {
        let node = try await nodeWithWeb()
        await node.update([makeDesired(makeService("web", proxyPort: 5000), generation: 2)])
        #expect(node.rules == ["web 10.11.0.1:80>5000"])
        #expect(node.host.openPorts == [5000])
        #expect(node.last("web")?.convergence == .applied && node.last("web")?.proxyPort == 5000)
        #expect(node.filter.transactions.count == 2)
        node.forget()
        await node.update([makeDesired(makeService("web"), generation: 3)])
        #expect(node.filter.transactions.isEmpty && node.host.openPorts == [5000])
        #expect(node.violations == [])
    }

    @Test("nothing is programmed before the beginning")
    func waitsForBegin() async throws {
        let node = try ServiceNode()
        await node.update([makeDesired(makeService("web"))])
        #expect(node.filter.inspections == 0 && node.host.names.isEmpty)
        await node.begin([])
        #expect(node.last("web")?.convergence == .applied)
    }
}

/// What happens to changes that come while the kernel is being changed.
@Suite struct OverlapStories {
    /// A node whose filter holds the transaction that adds `web`.
    private func busyNode() async throws -> ServiceNode {
        let node = try ServiceNode()
        await node.begin([])
        node.forget()
        node.filter.hold()
        await node.reconciler.update(changed: [makeDesired(makeService("web"))], removed: [])
        try await eventually("the transaction is held") { node.filter.heldCount == 1 }
        return node
    }

    private func release(_ node: ServiceNode) async {
        node.filter.release()
        await node.reconciler.settle()
        #expect(node.violations == [])
    }

    @Test("all that comes meanwhile is the next transaction")
    func coalesces() async throws {
        let node = try await busyNode()
        for number in 2...200 {
            let service = makeService("s\(number)", "10.11.0.\(number)")
            await node.reconciler.update(changed: [makeDesired(service)], removed: [])
        }
        #expect(node.reports.isEmpty)
        await release(node)
        #expect(node.filter.transactions.map(\.added.count) == [1, 199])
        #expect(node.reports.filter { $0.convergence == .applied }.count == 200)
    }

    @Test("a service removed before its rule was in the kernel leaves nothing")
    func removedMeanwhile() async throws {
        let node = try await busyNode()
        await node.reconciler.update(changed: [], removed: [makeKey("web")])
        #expect(node.host.openPorts == [40001])
        await release(node)
        #expect(node.last("web")?.convergence == .removed)
        #expect(node.rules.isEmpty && node.host.openPorts.isEmpty && node.store.descriptors.isEmpty)
    }

    @Test("a name that is used again before its removal was done keeps its listener")
    func nameReused() async throws {
        let node = try ServiceNode()
        await node.begin([makeService("web")])
        node.filter.hold()
        await node.reconciler.update(changed: [], removed: [makeKey("web")])
        try await eventually("the transaction is held") { node.filter.heldCount == 1 }
        await node.reconciler.update(changed: [makeDesired(makeService("web", port: 81), generation: 2)], removed: [])
        await release(node)
        #expect(node.rules == ["web 10.11.0.1:81>40001"])
        #expect(node.reports.map(\.convergence).contains(.removed) == false)
        #expect(node.last("web")?.generation == 2 && node.last("web")?.convergence == .applied)
    }

    @Test("new backends reach the proxy at once, and are reported when the rule is there")
    func backendsMeanwhile() async throws {
        let node = try await busyNode()
        await node.reconciler.update(
            changed: [makeDesired(makeService("web"), backends: 7, generation: 2)], removed: [])
        #expect(node.host.backends(of: "service/default/web")?.count == 7)
        #expect(node.reports.isEmpty)
        await release(node)
        #expect(node.reports.map(\.generation) == [1, 2])
        #expect(node.filter.transactions.count == 1)
    }

    @Test("a service that never stops changing is reported all the same")
    func reportsEachGeneration() async throws {
        let node = try await busyNode()
        await node.reconciler.update(changed: [makeDesired(makeService("web", port: 81), generation: 2)], removed: [])
        await release(node)
        #expect(node.reports.map(\.generation) == [1, 2])
        #expect(node.reports.allSatisfy { $0.convergence == .applied })
        #expect(node.rules == ["web 10.11.0.1:81>40001"])
    }

    @Test("the picture becoming complete during a comparison does not widen that one")
    func completeMeanwhile() async throws {
        let other = PacketFilterCase.rule("other", 0x0A0B_0002, 80, to: 33946)
        let node = try ServiceNode(kernel: [other], handedOver: [other.key: 33946])
        node.filter.hold()
        await node.reconciler.begin(services: [makeDesired(makeService("web"))], complete: false)
        try await eventually("the transaction is held") { node.filter.heldCount == 1 }
        await node.reconciler.becomeComplete()
        await release(node)
        #expect(node.rules == ["web 10.11.0.1:80>40001"])
        #expect(node.host.openPorts == [40001])
    }

    @Test("every caller that waits is told", arguments: [1, 10])
    func settles(callers: Int) async throws {
        let node = try await busyNode()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers { group.addTask { await node.reconciler.settle() } }
            node.filter.release()
            try await group.waitForAll()
        }
        #expect(node.last("web")?.convergence == .applied)
    }
}
