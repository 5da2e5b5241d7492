import ClusterModel
import Machine
import NodeKit
import Pods
import Proxy
import Services
import Testing

@testable import Agent

/// What the loops begin with, and what a set makes of it.
@Suite struct RestoreTests {
    private let fake = FakeRuntime()
    private let board = StatusBoard()
    private let log = RecordingLog()

    private func stored(_ object: ClusterObject, _ generation: UInt64) -> StoredObject {
        StoredObject(object: object, source: .master, uid: "u1", generation: generation)
    }

    private var pod: StoredObject {
        let containers = [Container(name: "app", image: "img")]
        let manifest = ContainerManifest(version: "v1beta1", id: "web", containers: containers)
        return stored(.pod(Pod(meta: ObjectMeta(name: "web"), desiredState: PodState(manifest: manifest))), 1)
    }

    private var service: StoredObject {
        let service = Service(meta: ObjectMeta(name: "db"), port: 80, selector: ["a": "b"], portalIP: "10.11.0.1")
        return stored(.service(service), 2)
    }

    private func pods(
        strayGrace: Duration = .seconds(30), network: PodNetwork = .engineDefault,
        environment: @Sendable @escaping (String) async -> [EnvVar] = { _ in [] }
    ) -> PodReconciler {
        fake.addImages("img", fake.networkImage)
        var settings = PodSettings(allowPrivileged: false, podsFolder: "/nonexistent/pods", logsToJournal: false)
        settings.limits.strayGrace = strayGrace
        return PodReconciler(
            runtime: fake, settings: settings, environment: environment,
            report: { [board] in
                board.post($0.key, generation: $0.generation, convergence: $0.convergence, observed: .pod($0.state))
            }, network: network, commands: ScriptedRunner(), logger: log.logger)
    }

    private func services(
        _ proxy: ProxyServer, adopted: [String: Int32] = [:], filter: FakePacketFilter = FakePacketFilter()
    ) -> ServiceReconciler {
        ServiceReconciler(
            proxy: proxy, filter: filter, adopted: adopted, store: FakeListenerStore(), report: { _ in },
            logger: log.logger)
    }

    private func routes(
        _ table: FakeRouteTable, onNetwork: @Sendable @escaping (RoutePlan) async -> Void = { _ in }
    ) -> RouteReconciler {
        RouteReconciler(
            table: table, nodeName: "a", isEnabled: true,
            report: { [board] in
                board.post($0.key, generation: $0.generation, convergence: $0.convergence, observed: nil)
            }, onNetwork: onNetwork, logger: log.logger)
    }

    /// Routes that tell the pods of their network, and take their time for it: whoever does not wait is there first.
    private func lateRoutes(_ table: FakeRouteTable, _ pods: PodReconciler) -> RouteReconciler {
        routes(table) { plan in
            for _ in 0..<200 { await Task.yield() }
            if let network = plan.podNetwork { await pods.join(network) }
        }
    }

    private func parts(
        _ link: LinkFixture, _ pods: PodReconciler, _ routes: RouteReconciler, _ services: ServiceReconciler,
        _ serviceLoop: ServiceLoop, _ proxy: ProxyServer,
        changes: AsyncStream<StatePatch> = AsyncStream { $0.finish() }
    ) -> NodeParts {
        NodeParts(
            context: link.context, proxy: proxy, services: services, pods: pods, routes: routes,
            podRules: PodRulesReconciler(tables: FakeFilterTables(), logger: log.logger), serviceLoop: serviceLoop,
            podLoop: PodLoop(reconciler: pods), peerLoop: PeerLoop(reconciler: routes), manifests: nil,
            notifier: SystemdNotifier(), complete: Set(ObjectKind.allCases), isFirstRun: false,
            changes: changes, observations: AsyncStream { $0.finish() })
    }

    private func store(_ objects: [StoredObject], in link: LinkFixture) async {
        let groups = objects.map { WriteGroup(writes: [.put($0.object, resourceVersion: nil)], fence: .exempt) }
        _ = await link.store.commit(groups, source: .master)
    }

    @Test func aPodStartedAfterARebootKnowsTheStoredServices() async throws {
        let proxy = try ProxyServer(settings: ProxySettings())
        let services = services(proxy)
        let serviceLoop = ServiceLoop(reconciler: services, board: board)
        let pods = pods { await serviceLoop.environment(namespace: $0) }
        try await LinkFixture.run { link in
            await store([pod, service], in: link)
            await parts(link, pods, routes(FakeRouteTable()), services, serviceLoop, proxy).restore()
            let app = try #require(fake.specs.first { $0.labels.container == "app" })
            #expect(app.environment.contains { "\($0)".contains("DB_SERVICE_HOST") })
        }
        _ = await proxy.shutdown(drain: .zero)
    }

    @Test func podsOfThePodNetworkAreKeptBecauseTheNetworkIsKnownFirst() async throws {
        let subnet = try #require(IPv4Network("10.244.1.0/24"))
        let proxy = try ProxyServer(settings: ProxySettings())
        let services = services(proxy)
        let own = Minion(meta: ObjectMeta(name: "10.0.0.1", namespace: ""), podCIDR: subnet)
        try await LinkFixture.run { link in
            await store([pod, stored(.minion(own), 3)], in: link)
            let objects = await link.store.restoredObjects()
            board.expect(StatePatch(put: objects))
            let earlier = pods(network: .subnet(subnet))
            await earlier.begin(pods: objects.compactMap(DesiredPod.init(stored:)), complete: true)
            await earlier.settle()
            let running = fake.running("app", of: "web").map(\.id)
            try #require(running.count == 1)

            let table = FakeRouteTable()
            table.reach(try #require(own.address), by: .local)
            let pods = pods(network: .undecided)
            let routes = lateRoutes(table, pods)
            let serviceLoop = ServiceLoop(reconciler: services, board: board)
            await parts(link, pods, routes, services, serviceLoop, proxy).restore()
            await pods.settle()
            #expect(log.messages(with: "PodNetworkUnknown") == [])
            #expect(fake.running("app", of: "web").map(\.id) == running)
            #expect(fake.signals.isEmpty)
            #expect(board.entry(pod.object.key)?.standing == .applied)
        }
        _ = await proxy.shutdown(drain: .zero)
    }

    @Test(arguments: [NetworkPath.unreachable("Network is unreachable"), nil])
    func podsOfThePodNetworkAreLeftWhileTheOwnEntryIsNotKnown(path: NetworkPath?) async throws {
        let subnet = try #require(IPv4Network("10.244.1.0/24"))
        let earlier = pods(network: .subnet(subnet))
        let wanted = [pod].compactMap(DesiredPod.init(stored:))
        await earlier.begin(pods: wanted, complete: true)
        await earlier.settle()
        let running = fake.running("app", of: "web").map(\.id)
        try #require(running.count == 1)

        // The address is away, or the store lost the entry.
        let own = stored(.minion(Minion(meta: ObjectMeta(name: "10.0.0.1", namespace: ""), podCIDR: subnet)), 3)
        let table = FakeRouteTable()
        let mine = try #require(IPv4Address("10.0.0.1"))
        if let path { table.reach(mine, by: path) }
        let pods = pods(network: .undecided)
        let routes = lateRoutes(table, pods)
        let loop = PeerLoop(reconciler: routes)
        await loop.begin(path == nil ? [] : [own], complete: path != nil)
        await routes.settle()
        await pods.begin(pods: wanted, complete: true)
        await pods.settle()
        #expect(fake.running("app", of: "web").map(\.id) == running)
        table.reach(mine, by: .local)
        await loop.apply(StatePatch(put: [own], complete: [.minion], generation: 4))
        await routes.settle()
        await pods.settle()
        #expect(fake.running("app", of: "web").map(\.id) == running)
        #expect(fake.signals.isEmpty)
    }

    @Test func aPodThatComesWithTheOwnEntryIsStartedInItsNetworkAtOnce() async throws {
        let subnet = try #require(IPv4Network("10.244.1.0/24"))
        let proxy = try ProxyServer(settings: ProxySettings())
        let services = services(proxy)
        let own = Minion(meta: ObjectMeta(name: "10.0.0.1", namespace: ""), podCIDR: subnet)
        let table = FakeRouteTable()
        table.reach(try #require(own.address), by: .local)
        let pods = pods(network: .undecided)
        let routes = lateRoutes(table, pods)
        let serviceLoop = ServiceLoop(reconciler: services, board: board)
        let (changes, changed) = AsyncStream<StatePatch>.makeStream()
        try await LinkFixture.run { link in
            let parts = parts(link, pods, routes, services, serviceLoop, proxy, changes: changes)
            await parts.restore()
            changed.yield(StatePatch(put: [stored(.minion(own), 3), pod], complete: [.minion, .pod], generation: 3))
            changed.finish()
            await parts.followChanges()
            await pods.settle()
        }
        let networks = fake.specs.filter(\.labels.isNetwork).map(\.network)
        #expect(networks == [.own(hostname: "web", ports: [], subnet: subnet)])
        _ = await proxy.shutdown(drain: .zero)
    }

    @Test func whatASetNamesIsNotTakenForAStray() async throws {
        let earlier = pods()
        await earlier.begin(pods: [pod].compactMap(DesiredPod.init(stored:)), complete: true)
        await earlier.settle()
        let running = fake.running("app", of: "web").map(\.id)
        try #require(running.count == 1)

        let pods = pods(strayGrace: .zero)
        let loop = PodLoop(reconciler: pods)
        await loop.begin([], complete: false)
        await pods.settle()
        await loop.apply(StatePatch(put: [pod], complete: [.pod], generation: 1))
        await pods.settle()
        #expect(fake.running("app", of: "web").map(\.id) == running)
        #expect(fake.signals.isEmpty)
    }

    @Test func aPeerIsAppliedOnceItsRouteIsThereAndItsSetIsComplete() async throws {
        let table = FakeRouteTable()
        let gateway = try #require(IPv4Address("10.0.0.2"))
        let network = try #require(IPv4Network("10.244.2.0/24"))
        let stale = PeerRoute(network: try #require(IPv4Network("10.244.9.0/24")), gateway: gateway, device: "eth0")
        table.reach(gateway, by: .link(device: "eth0"))
        table.hold(stale)
        let peer = Minion(meta: ObjectMeta(name: "b", namespace: ""), hostIP: "10.0.0.2", podCIDR: network)
        let routes = routes(table)
        let loop = PeerLoop(reconciler: routes)
        await loop.begin([], complete: false)
        await routes.settle()
        try #require(table.held == [stale])
        let patch = StatePatch(put: [stored(.minion(peer), 3)], complete: [.minion], generation: 3)
        board.expect(patch)
        await loop.apply(patch)
        await routes.settle()
        #expect(table.held == [PeerRoute(network: network, gateway: gateway, device: "eth0")])
        #expect(board.entry(peer.key)?.standing == .applied)
        let removal = StatePatch(removed: [peer.key], generation: 4)
        board.expect(removal)
        await loop.apply(removal)
        await routes.settle()
        #expect(table.held == [])
        #expect(board.entry(peer.key) == nil)
    }
}
