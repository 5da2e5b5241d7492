import ClusterModel
import NodeKit
import Synchronization

@testable import Pods

/// Every report of a reconciler, in order.
final class Reports: Sendable {
    private let all = Mutex<[PodReport]>([])

    func take(_ report: PodReport) { all.withLock { $0.append(report) } }

    func about(_ name: String) -> [PodReport] { all.withLock { $0.filter { $0.key == podKey(name) } } }
}

/// A reconciler on a fake engine and a clock that the test moves, and everything it said.
final class ReconcilerFixture: Sendable {
    let fake: FakeRuntime
    let clock = ManualClock()
    let commands = ScriptedRunner()
    let log = RecordingLog()
    let reports = Reports()
    let reconciler: PodReconciler
    private let loop = Mutex<Task<Void, Never>?>(nil)

    init(
        fake: FakeRuntime = FakeRuntime(), allowPrivileged: Bool = false, services: [EnvVar] = [],
        limits: PodLimits = PodLimits(), podsFolder: String = "/nonexistent/pods", network: PodNetwork = .engineDefault
    ) {
        self.fake = fake
        fake.addImages("img", fake.networkImage)
        commands.on("rm", play: .prints(""))
        var settings = PodSettings(
            allowPrivileged: allowPrivileged, podsFolder: podsFolder, logsToJournal: false, limits: limits)
        // The clock stands still: a look that an event causes must not wait for it.
        settings.limits.hintDelay = .zero
        let reports = self.reports
        reconciler = PodReconciler(
            runtime: fake, settings: settings, environment: { _ in services }, report: { reports.take($0) },
            network: network, clock: clock, commands: commands, logger: log.logger)
    }

    deinit { loop.withLock { $0?.cancel() } }

    /// Begins, keeps `run` going, and waits until nothing is left to do at once.
    func start(_ pods: [DesiredPod] = [], complete: Bool = true) async throws {
        await reconciler.begin(pods: pods, complete: complete)
        let reconciler = self.reconciler
        loop.withLock { $0 = Task { await reconciler.run() } }
        await reconciler.settle()
        if await reconciler.hasCompared { try await eventually("the event stream") { fake.watcherCount > 0 } }
    }

    /// Ends `run`, as the end of the agent would.
    func stop() async {
        let task = loop.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// The agent of the pod `web`, gone after it had started the pod's `app` a second time.
    static func stoppedAfterRestart() async throws -> ReconcilerFixture {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.crash("app")
        try await fixture.await("the crash") { fixture.reason() != nil }
        try await fixture.drive("the restart") { fixture.convergence() == .applied }
        await fixture.stop()
        return fixture
    }

    /// Takes changes and waits until nothing is left to do at once.
    func update(_ changed: DesiredPod..., removed: String..., generation: UInt64 = 0) async {
        await reconciler.update(changed: changed, removed: removed.map { podKey($0) }, generation: generation)
        await reconciler.settle()
    }

    /// The newest report about a pod.
    func last(_ name: String = "web") -> PodReport? { reports.about(name).last }

    /// How far the pod has got, as it was last told.
    func convergence(_ name: String = "web") -> Convergence? { last(name)?.convergence }

    /// The reason of the last failure, if the last report is one.
    func reason(_ name: String = "web") -> String? {
        guard case .failed(let reason, _, _) = convergence(name) else { return nil }
        return reason
    }

    /// Waits with the clock standing still.
    func await(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await eventually(what, condition)
    }

    /// Waits for a condition while the clock moves on in small steps.
    func drive(_ what: String, until condition: () async throws -> Bool) async throws {
        try await eventually(what) {
            if try await condition() { return true }
            clock.advance(by: .milliseconds(100))
            return false
        }
    }

    /// Lets what runs of a container end by itself.
    func crash(_ container: String, of pod: String = "web", code: Int = 1) {
        for instance in fake.running(container, of: pod) { fake.crash(instance.id, code: code) }
    }

    /// The ids that run, by container name.
    func running(_ pod: String = "web") -> [String: String] {
        let living = fake.everything.filter { seen in
            guard case .running = seen.state else { return false }
            return seen.labels.pod == pod
        }
        return Dictionary(living.map { ($0.labels.container, $0.id) }) { first, _ in first }
    }
}
