import ClusterModel
import NodeKit
import Proxy
import Services
import Synchronization

/// A node without a kernel: everything around one reconciler, and a watch over the law that no rule ever leads to a closed
/// port, nor to a listener that a restart would close.
final class ServiceNode: Sendable {
    let filter = FakePacketFilter()
    let host = FakeListenerHost()
    let store = FakeListenerStore()
    let clock = ManualClock()
    let log = RecordingLog()
    let reconciler: ServiceReconciler
    private let reported: Reported
    private let watch: LawWatch

    /// Shared with the reconciler's callback.
    private final class Reported: Sendable {
        let list = Mutex<[ServiceReport]>([])
    }

    private final class LawWatch: Sendable {
        let broken = Mutex<[String]>([])
        /// Where rules led that were in the kernel before the story, with nobody listening.
        let dead: Set<UInt16>

        init(dead: Set<UInt16>) { self.dead = dead }
        func note(_ what: String) { broken.withLock { $0.append(what) } }
    }

    /// - Parameters:
    ///   - kernel: rules an earlier process left, with both jumps.
    ///   - handedOver: names of services whose socket systemd hands over, with the port it listens on.
    init(
        kernel: [PortalRule] = [], handedOver: [ObjectKey: UInt16] = [:], settings: ServiceSettings = ServiceSettings()
    ) throws {
        var adopted: [String: Int32] = [:]
        for (key, port) in handedOver {
            let descriptor = host.leaveSocket(port: port)
            adopted[ListenerName.of(key)] = descriptor
            store.keep(descriptor, name: ListenerName.of(key))
        }
        if !kernel.isEmpty {
            var table = FakeNatTable()
            let text = IptablesText.input(
                for: RuleTransaction(declaresChain: true, insertedJumps: NatHook.allCases, added: kernel))
            try table.restore(String(decoding: text, as: UTF8.self))
            filter.table = table
        }
        watch = LawWatch(dead: Set(kernel.map(\.proxyPort)).subtracting(handedOver.values))
        reported = Reported()
        reconciler = ServiceReconciler(
            proxy: host, filter: filter, adopted: adopted, store: store, settings: settings, clock: clock,
            report: { [reported] report in reported.list.withLock { $0.append(report) } }, logger: log.logger)
        keepWatch()
    }

    private func keepWatch() {
        filter.afterChange { [host, store, watch] state in
            for redirect in state.rules.compactMap(IptablesText.redirect) where !watch.dead.contains(redirect.proxyPort)
            {
                if !host.openPorts.contains(redirect.proxyPort) { watch.note("rule to closed port: \(redirect)") }
                let name = host.names.first { host.port(of: $0) == redirect.proxyPort }
                if let name, store.descriptors[name] == nil { watch.note("rule to a listener not kept: \(redirect)") }
            }
        }
        host.beforeClose { [filter, watch] port in
            if filter.table.saved.contains("--to-ports \(port)\n") { watch.note("closed port \(port) before its rule") }
        }
    }

    /// How often the law was broken.
    var violations: [String] { watch.broken.withLock { $0 } }
    /// Every report so far.
    var reports: [ServiceReport] { reported.list.withLock { $0 } }
    /// Forgets reports, transactions and inspections.
    func forget() {
        reported.list.withLock { $0 = [] }
        filter.forget()
    }

    /// The last report of a service.
    func last(_ name: String, namespace: String = "default") -> ServiceReport? {
        reports.last { $0.key == makeKey(name, namespace: namespace) }
    }

    /// The rules in the kernel that are ours, as `name ip:port>proxyPort`, sorted.
    var rules: [String] {
        filter.table.saved.split(separator: "\n").compactMap { line in
            line.hasPrefix("-A KUBE-PROXY ") ? IptablesText.redirect(in: String(line.dropFirst(14))) : nil
        }.map { "\($0.comment) \($0.portal.address):\($0.portal.port)>\($0.proxyPort)" }.sorted()
    }

    /// The lines of the table from here on that begin so.
    func lines(_ prefix: String) -> [String] {
        filter.table.saved.split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    /// Begins with these services and waits until all is done.
    func begin(_ services: [Service], complete: Bool = true) async {
        await reconciler.begin(services: services.map { makeDesired($0) }, complete: complete)
        await reconciler.settle()
    }

    /// Changes and waits until all is done.
    func update(_ changed: [DesiredService] = [], removed: [ObjectKey] = [], generation: UInt64 = 0) async {
        await reconciler.update(changed: changed, removed: removed, generation: generation)
        await reconciler.settle()
    }

    /// Runs `run()` while the body moves the clock.
    func running(_ body: () async throws -> Void) async throws {
        let running = Task { await reconciler.run() }
        try await eventually("the loop sleeps") { clock.sleeperCount == 1 }
        do {
            try await body()
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        await running.value
    }

    /// One second after the other, each time until the loop has done what was due and sleeps again.
    func pass(seconds: Int) async throws {
        for _ in 0..<seconds {
            clock.advance(by: .seconds(1))
            try await eventually("the loop sleeps again") {
                clock.sleeperCount == 1 && clock.nextDeadline.map { $0 > clock.now } ?? false
            }
            await reconciler.settle()
        }
    }
}
