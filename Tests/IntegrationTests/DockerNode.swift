import ClusterModel
import Glibc
import Machine
import NodeKit
import Synchronization

@testable import Pods

/// A node on the real engine, with a mark and a folder of its own: what a test starts cannot meet what another left.
final class DockerNode: Sendable {
    let engine: DockerEngine
    let owner: String
    let folder: String
    let runtime: DockerRuntime

    private init(engine: DockerEngine, deadlines: DockerDeadlines) throws {
        self.engine = engine
        owner = "test-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        folder = "/var/tmp/minion-\(owner)"
        guard mkdir(folder, 0o700) == 0 else { throw NodeFailure(description: "mkdir \(folder): \(errno)") }
        runtime = DockerRuntime(
            runner: engine.commands, command: "docker", owner: owner,
            pauseImageFile: "\(DockerEngine.repository)/pause/pause.tar", deadlines: deadlines)
    }

    struct NodeFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// Gives a test a node, and takes everything of it away when the test is over, however it ended.
    static func with(
        deadlines: DockerDeadlines = DockerDeadlines(), _ body: (DockerNode) async throws -> Void
    ) async throws {
        let node = try DockerNode(engine: try await .shared(), deadlines: deadlines)
        do {
            try await body(node)
        } catch {
            try await node.clear()
            throw error
        }
        try await node.clear()
    }

    private func clear() async throws {
        let ids = try await containers(where: "label=minion.owner=\(owner)")
        if !ids.isEmpty { try await runtime.remove(ids) }
        try await forgetPodNetwork()
        try await engine.run("rm", "-rf", folder)
    }

    /// Removes the pod network, in which nothing runs, if there is one.
    func forgetPodNetwork() async throws {
        let id = try await engine.docker("network", "ls", "--quiet", "--filter", "name=^minion$")
        if !id.isEmpty { try await engine.docker("network", "rm", id) }
    }

    /// Ids of containers, running or not.
    func containers(where filter: String) async throws -> [String] {
        try await engine.docker("ps", "-aq", "--no-trunc", "--filter", filter).split(separator: "\n").map(String.init)
    }

    /// What runs of a pod: container name to id.
    func running(_ pod: String = "web") async throws -> [String: String] {
        let seen = try await runtime.containers(of: ObjectKey(kind: .pod, name: pod)).filter { container in
            if case .running = container.state { true } else { false }
        }
        return Dictionary(seen.map { ($0.labels.container, $0.id) }) { first, _ in first }
    }

    /// Gives a test a reconciler that runs until the body is over, as an agent's does from start to stop.
    func agent(
        pods: [DesiredPod] = [], limits: PodLimits = PodLimits(), services: [EnvVar] = [],
        _ body: (RunningAgent) async throws -> Void
    ) async throws {
        let agent = RunningAgent(node: self, limits: limits, services: services)
        await agent.reconciler.begin(pods: pods, complete: true)
        let reconciler = agent.reconciler
        let loop = Task { await reconciler.run() }
        let outcome: Result<Void, any Error>
        do {
            await reconciler.settle()
            outcome = .success(try await body(agent))
        } catch {
            outcome = .failure(error)
        }
        loop.cancel()
        await loop.value
        await reconciler.settle()
        try outcome.get()
    }
}

/// A reconciler on the real engine, and everything it said.
final class RunningAgent: Sendable {
    let reconciler: PodReconciler
    let log = RecordingLog()
    private let sink = Sink()

    private final class Sink: Sendable {
        let reports = Mutex<[PodReport]>([])
        func take(_ report: PodReport) { reports.withLock { $0.append(report) } }
    }

    fileprivate init(node: DockerNode, limits: PodLimits, services: [EnvVar]) {
        let sink = self.sink
        reconciler = PodReconciler(
            runtime: node.runtime,
            settings: PodSettings(
                allowPrivileged: false, podsFolder: node.folder + "/pods", logsToJournal: false, limits: limits),
            environment: { _ in services }, report: { sink.take($0) }, logger: log.logger)
    }

    /// Every report about a pod, in order.
    func reports(_ name: String = "web") -> [PodReport] {
        sink.reports.withLock { $0.filter { $0.key.name == name } }
    }

    /// Waits for a report about a pod that says so, and returns it.
    @discardableResult
    func report(
        _ what: String, of name: String = "web", _ isWanted: (PodReport) -> Bool
    ) async throws -> PodReport {
        let last = try await eventually(
            "\(what) of \(name)", read: { reports(name).last }, until: { $0.map(isWanted) ?? false })
        guard let last else { throw DockerNode.NodeFailure(description: "no report") }
        return last
    }

    /// Waits until the pod is told to be as wanted, in this generation or a later one.
    @discardableResult
    func applied(_ name: String = "web", generation: UInt64 = 0) async throws -> PodReport {
        try await report("convergence", of: name) { $0.convergence == .applied && $0.generation >= generation }
    }

    /// Waits until the pod is told to have failed for this reason.
    @discardableResult
    func failed(_ reason: String, of name: String = "web") async throws -> PodReport {
        try await report(reason, of: name) { report in
            if case .failed(reason, _, _) = report.convergence { true } else { false }
        }
    }
}

/// A wanted pod.
func makePod(
    _ containers: Container..., name: String = "web", uid: String = "u1", generation: UInt64 = 1,
    policy: RestartPolicy = .always, volumes: [Volume] = []
) -> DesiredPod {
    let manifest = ContainerManifest(
        version: "v1beta1", id: name, volumes: volumes, containers: containers, restartPolicy: policy)
    return DesiredPod(
        pod: Pod(meta: ObjectMeta(name: name), desiredState: PodState(manifest: manifest)), source: "master", uid: uid,
        generation: generation)
}

extension Container {
    /// The web server of the demo.
    static func web(_ name: String = "app", ports: [ContainerPort] = [], env: [EnvVar] = []) -> Container {
        Container(name: name, image: DockerEngine.webImage, ports: ports, env: env)
    }

    /// A shell script.
    static func shell(name: String = "app", _ script: String, mounts: [VolumeMount] = []) -> Container {
        Container(name: name, image: DockerEngine.shellImage, command: [script], volumeMounts: mounts)
    }
}
