import ClusterModel
import NodeKit
import Proxy
import Services
import Testing

/// What happens when the filter or the machine says no.
@Suite struct FailureStories {
    static let locked = FilterError(code: .locked, message: "busy")

    private func nodeWithWeb() async throws -> ServiceNode {
        let node = try ServiceNode()
        await node.begin([makeService("web")])
        node.forget()
        return node
    }

    @Test("a filter that cannot be changed fails what waits for it, with the time to the next try, and is tried again")
    func retriesFilter() async throws {
        let node = try await nodeWithWeb()
        node.filter.breakDown(Self.locked)
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        try await node.running {
            // Doubling from one second to half a minute.
            for pause in [1, 2, 4, 8, 16, 30, 30] {
                #expect(
                    node.last("api")?.convergence
                        == .failed(reason: "FilterLocked", message: "busy", retryIn: .seconds(pause)))
                node.forget()
                try await node.pass(seconds: pause - 1)
                #expect(node.filter.inspections == 0)
                try await node.pass(seconds: 1)
                #expect(node.filter.inspections == 1)
            }
            #expect(await node.reconciler.health.degraded == ["packet filter: busy"])
            node.filter.breakDown(nil)
            try await node.pass(seconds: 30)
        }
        #expect(node.last("api")?.convergence == .applied)
        #expect(node.rules.count == 2)
        #expect(await node.reconciler.health.degraded == [])
        #expect(node.log.messages(of: "filterFailed") == ["busy"])
        #expect(node.violations == [])
    }

    @Test(
        "every kind of failure has its word",
        arguments: [
            (FilterError.Code.locked, "FilterLocked"), (.permissionDenied, "FilterPermissionDenied"),
            (.notInstalled, "FilterNotInstalled"), (.unsupported, "FilterUnsupported"),
            (.timedOut, "FilterTimedOut"), (.failed, "FilterFailed"),
        ])
    func names(code: FilterError.Code, reason: String) async throws {
        let node = try await nodeWithWeb()
        node.filter.failNext(FilterError(code: code, message: "no"))
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        #expect(node.last("api")?.convergence == .failed(reason: reason, message: "no", retryIn: .seconds(1)))
    }

    @Test("while the filter cannot be changed, backends still change and what else comes fails at once")
    func changesDuringOutage() async throws {
        let node = try await nodeWithWeb()
        node.filter.breakDown(Self.locked)
        await node.reconciler.verify()
        node.forget()
        await node.update(
            [
                makeDesired(makeService("web"), backends: 3, generation: 2),
                makeDesired(makeService("api", "10.11.0.2")),
            ])
        #expect(node.host.backends(of: "service/default/web")?.count == 3)
        #expect(node.last("web")?.convergence == .applied)
        #expect(node.last("api")?.convergence.reason == "FilterLocked")
        #expect(node.filter.transactions.isEmpty && node.filter.inspections == 0)
    }

    @Test("a removal that cannot be done keeps the listener until it can")
    func keepsListenerDuringOutage() async throws {
        let node = try await nodeWithWeb()
        node.filter.breakDown(Self.locked)
        await node.update(removed: [makeKey("web")], generation: 2)
        #expect(node.host.openPorts == [40001] && node.rules.count == 1)
        #expect(node.last("web")?.convergence.reason == "FilterLocked")
        // Of the removal, not of the service that was: or nobody who waits for the removal would hear of it.
        #expect(node.last("web")?.generation == 2)
        await node.update(removed: [makeKey("web")], generation: 5)
        #expect(node.last("web")?.generation == 5 && node.last("web")?.convergence.reason == "FilterLocked")
        node.filter.breakDown(nil)
        await node.reconciler.verify()
        #expect(node.last("web")?.convergence == .removed)
        #expect(node.host.openPorts.isEmpty && node.rules.isEmpty)
        // What we removed ourselves is not put down to others.
        #expect(node.log.messages(of: "rulesRepaired").isEmpty)
        #expect(node.violations == [])
    }

    @Test("after a run that timed out the kernel is asked what it holds, and nothing is there twice")
    func asksAfterTimeout() async throws {
        let node = try await nodeWithWeb()
        node.filter.failNext(FilterError(code: .timedOut, message: "slow"))
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        // It had taken effect all the same.
        try node.filter.restore(
            "-A KUBE-PROXY -d 10.11.0.2/32 -p tcp -m comment --comment api -m tcp --dport 80 -j REDIRECT --to-ports 40002"
        )
        node.forget()
        try await node.running { try await node.pass(seconds: 1) }
        #expect(node.filter.inspections == 1 && node.filter.transactions.isEmpty)
        #expect(node.last("api")?.convergence == .applied)
        #expect(node.rules.count == 2)
    }

    @Test(
        "a rule the kernel refuses fails its service alone, whomever iptables accuses",
        arguments: [FakePacketFilter.Accusation.right, .wrong, .none])
    func sieves(_ accusation: FakePacketFilter.Accusation) async throws {
        let node = try await nodeWithWeb()
        // In the order of their names the bad ones are in the middle, where every wrong word costs most.
        let bad: Set = [7, 240]
        node.filter.refuse(accusation) { $0.comment.hasPrefix("m") }
        let services = (1...250).map { number in
            makeService(
                (bad.contains(number) ? "m" : number.isMultiple(of: 2) ? "a" : "z") + "\(number)", "10.11.1.\(number)")
        }
        await node.update(services.map { makeDesired($0) })
        for service in services {
            let isBad = service.meta.name.hasPrefix("m")
            #expect(
                node.last(service.meta.name)?.convergence
                    == (isBad
                        ? .failed(reason: "RuleRefused", message: "the kernel dislikes it", retryIn: .seconds(1))
                        : .applied))
        }
        #expect(node.rules.count == 249)
        #expect(node.filter.transactions.count < 50)
        let failed = await node.reconciler.health.degraded.first
        #expect(failed?.contains(" and 1 more failed: the kernel dislikes it") == true)

        node.filter.refuse(.none) { _ in false }
        try await node.running { try await node.pass(seconds: 1) }
        #expect(node.rules.count == 251 && node.last("m7")?.convergence == .applied)
        #expect(node.violations == [])
    }

    @Test("a refused rule is tried again less and less often")
    func retriesRefused() async throws {
        let node = try await nodeWithWeb()
        node.filter.refuse(.right) { $0.comment == "bad" }
        await node.update([makeDesired(makeService("bad", "10.11.0.2"))])
        try await node.running {
            for pause in [2, 4, 8] {
                node.forget()
                try await node.pass(seconds: pause / 2)
                #expect(node.last("bad")?.convergence.retryIn == .seconds(pause))
            }
        }
        #expect(node.log.messages(of: "serviceFailed").count == 1)
        #expect(node.rules.count == 1)
    }

    @Test("a refusal while something is to be removed leaves no service without a rule meanwhile")
    func sievesWithRemovals() async throws {
        let node = try await nodeWithWeb()
        node.filter.refuse(.none) { $0.comment == "bad" }
        try node.filter.restore("-A KUBE-PROXY -j RETURN")
        node.filter.afterChange { state in
            let isThere = state.rules.contains { $0.contains("--comment web ") }
            if !isThere { Issue.record("web was without a rule") }
        }
        await node.update([makeDesired(makeService("bad", "10.11.0.2")), makeDesired(makeService("api", "10.11.0.3"))])
        #expect(node.rules.map { $0.prefix(3) } == ["api", "web"])
        #expect(node.lines("-A KUBE-PROXY").count == 2)
        #expect(node.last("bad")?.convergence.reason == "RuleRefused")
        #expect(node.last("api")?.convergence == .applied)
    }

    @Test("a kernel that refuses every rule is a filter that failed, after a bounded number of tries")
    func givesUpSieving() async throws {
        let node = try await nodeWithWeb()
        node.filter.refuse(.none) { _ in true }
        let services = (1...600).map { makeService("s\($0)", "10.11.\(1 + $0 / 200).\($0 % 200 + 1)") }
        await node.update(services.map { makeDesired($0) })
        #expect(node.filter.transactions.count <= 260)
        #expect(await node.reconciler.health.degraded.first == "packet filter: the kernel dislikes it")
        #expect(node.last("s600")?.convergence.reason == "RuleRefused")
        #expect(node.rules == ["web 10.11.0.1:80>40001"])
    }

    @Test("a listener that cannot be opened fails its service alone and is tried again")
    func retriesListener() async throws {
        let node = try await nodeWithWeb()
        node.host.take(port: 5000)
        await node.update([
            makeDesired(makeService("fixed", "10.11.0.2", proxyPort: 5000)),
            makeDesired(makeService("free", "10.11.0.3")),
        ])
        #expect(
            node.last("fixed")?.convergence
                == .failed(
                    reason: "ListenerFailed", message: "no listener: port 5000 is in use", retryIn: .seconds(1)))
        #expect(node.last("free")?.convergence == .applied)
        node.host.free(port: 5000)
        try await node.running { try await node.pass(seconds: 1) }
        #expect(node.last("fixed")?.convergence == .applied && node.last("fixed")?.proxyPort == 5000)
        #expect(await node.reconciler.health.degraded == [])
        #expect(node.violations == [])
    }

    @Test("a listener systemd does not keep is served, and said to be one that a restart closes")
    func servesUnkept() async throws {
        let node = try await nodeWithWeb()
        node.store.breakDown("no buffer space")
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        #expect(node.last("api")?.convergence == .applied)
        #expect(
            await node.reconciler.health.degraded
                == ["a restart will close listeners, systemd does not keep them: no buffer space"])
        node.store.breakDown(nil)
        await node.update([makeDesired(makeService("new", "10.11.0.3"))])
        #expect(await node.reconciler.health.degraded == [])
    }

    @Test("systemd is given no more listeners than its store takes, and the node says so")
    func storeIsFull() async throws {
        var settings = ServiceSettings()
        settings.keptListeners = 2
        let node = try ServiceNode(handedOver: [makeKey("web"): 33945], settings: settings)
        await node.begin([makeService("web", "10.11.0.1"), makeService("api", "10.11.0.2")])
        #expect(node.store.descriptors.count == 2)
        #expect(await node.reconciler.health.degraded == [])
        await node.update([makeDesired(makeService("late", "10.11.0.3"))])
        #expect(node.store.descriptors.count == 2 && node.last("late")?.convergence == .applied)
        #expect(
            await node.reconciler.health.degraded == [
                "a restart will close listeners, systemd does not keep them: 2 are kept, and FileDescriptorStoreMax= of the "
                    + "unit allows no more"
            ])
        // One that goes makes room for the next.
        await node.update(removed: [makeKey("web")])
        await node.update([makeDesired(makeService("next", "10.11.0.4"))])
        #expect(node.store.descriptors.keys.sorted() == ["service/default/api", "service/default/next"])
        #expect(await node.reconciler.health.degraded == [])
    }

    @Test("a node out of descriptors serves what it has and says what it cannot")
    func outOfDescriptors() async throws {
        let node = try await nodeWithWeb()
        node.host.breakDown(ProxyError(code: .systemCall, message: "too many open files", cause: 24))
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        #expect(node.last("api")?.convergence.reason == "ListenerFailed")
        #expect(
            await node.reconciler.health.degraded
                == ["service default/api failed: no listener: too many open files"])
        #expect(node.rules == ["web 10.11.0.1:80>40001"])
    }
}

extension Convergence {
    /// Of `failed`.
    var retryIn: Duration? {
        if case .failed(_, _, let retryIn) = self { retryIn } else { nil }
    }
}
