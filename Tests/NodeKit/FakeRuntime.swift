public import ClusterModel
public import Pods
import Synchronization

/// A container engine in memory. It passes the cases of `RuntimeCase` as docker does, and fails when a test wants it to.
///
/// A program is played by its last argument, which is a script: see `FakeProgram`.
public final class FakeRuntime: ContainerRuntime {
    /// A call of `ContainerRuntime`.
    public enum Call: String, Sendable, CaseIterable {
        case list, inspect, prepare, networkWarning, run, signal, remove, fetch, watch, logs
    }

    /// What goes wrong with a call.
    public enum Fault: Sendable {
        /// It throws and does nothing.
        case fails(RuntimeError)
        /// It is done, and the answer is lost.
        case losesReply
        /// It does not return before `release()`; then it is done.
        case hangs
        /// It is done, and the answer comes at `release()`, when it is old.
        case answersLate
    }

    struct Entry {
        var owner: String
        var seen: ObservedContainer
        var spec: ContainerSpec
    }

    struct State {
        var entries: [String: Entry] = [:]
        var images: Set<String> = []
        /// What registries would give.
        var registry: Set<String> = []
        var faults: [Call: [Fault]] = [:]
        var held: [CheckedContinuation<Void, Never>] = []
        var silent: Set<String> = []
        var watchers: [Int: (owner: String, stream: AsyncStream<RuntimeEvent>.Continuation)] = [:]
        var specs: [ContainerSpec] = []
        var calls: [Call] = []
        var signals: [String] = []
        var serial = 0
        var isDown = false
        /// The pod network and whose it is.
        var network: (owner: String, subnet: IPv4Network)?
        /// What is wrong with the pod network.
        var networkWarning: String?
        var logs: [String: FakeLog] = [:]
    }

    /// What all doors to one engine share.
    final class Engine: Sendable {
        let state = Mutex(State())
    }

    /// See `ContainerRuntime`.
    public let owner: String
    /// See `ContainerRuntime`.
    public let networkImage = "minion/pause:1"
    let engine: Engine

    /// An engine without containers and images, and a door to it.
    public convenience init(owner: String = "fake") {
        self.init(engine: Engine(), owner: owner)
    }

    private init(engine: Engine, owner: String) {
        self.engine = engine
        self.owner = owner
    }

    /// Another owner's door to the same engine.
    public func neighbour(owner: String) -> FakeRuntime { FakeRuntime(engine: engine, owner: owner) }

    /// See `ContainerRuntime`.
    public func containers(of pod: ObjectKey?) async throws(RuntimeError) -> [ObservedContainer] {
        try await call(.list) { state throws(RuntimeError) in
            state.entries.values.filter { $0.owner == owner && (pod == nil || $0.seen.labels.key == pod) }
                .map { state.shown($0) }.sorted { $0.id < $1.id }
        }
    }

    /// See `ContainerRuntime`.
    public func inspect(_ ids: [String]) async throws(RuntimeError) -> [ObservedContainer] {
        try await call(.inspect) { state throws(RuntimeError) in
            ids.compactMap { id in state.entries[id].map { state.shown($0) } }
        }
    }

    /// See `ContainerRuntime`.
    public func prepare(_ subnet: IPv4Network) async throws(RuntimeError) {
        try await call(.prepare) { state throws(RuntimeError) in try state.prepare(subnet, owner: owner) }
    }

    /// See `ContainerRuntime`.
    public func networkWarning() async throws(RuntimeError) -> String? {
        try await call(.networkWarning) { state throws(RuntimeError) in state.networkWarning }
    }

    /// See `ContainerRuntime`.
    public func run(_ spec: ContainerSpec) async throws(RuntimeError) -> String {
        try await call(.run) { state throws(RuntimeError) in
            state.specs.append(spec)
            return try state.run(spec, owner: owner)
        }
    }

    /// See `ContainerRuntime`.
    public func signal(_ ids: [String], _ signal: String) async throws(RuntimeError) {
        try await call(.signal) { state throws(RuntimeError) in
            for id in ids {
                state.signals.append(signal)
                guard let entry = state.entries[id], case .running = entry.seen.state else { continue }
                if signal == "KILL" {
                    state.end(id, code: 137)
                } else {
                    state.play(FakeProgram(entry.spec.arguments).handler, of: id)
                }
            }
        }
    }

    /// See `ContainerRuntime`.
    public func remove(_ ids: [String]) async throws(RuntimeError) {
        try await call(.remove) { state throws(RuntimeError) in
            for id in ids {
                if case .running = state.entries[id]?.seen.state { state.end(id, code: 137) }
                if let entry = state.entries.removeValue(forKey: id) { state.tell(.removed, entry) }
            }
        }
    }

    /// See `ContainerRuntime`.
    public func fetch(_ image: String) async throws(RuntimeError) {
        let networkImage = self.networkImage
        try await call(.fetch) { state throws(RuntimeError) in
            guard image == networkImage || state.registry.contains(image) else {
                throw RuntimeError(.pullFailed, "no registry has \(image)")
            }
            state.images.insert(image)
        }
    }

    /// See `ContainerRuntime`.
    public func watch(_ onEvent: @Sendable @escaping (RuntimeEvent) async -> Void) async throws(RuntimeError) {
        let (stream, continuation) = AsyncStream<RuntimeEvent>.makeStream()
        let owner = self.owner
        let number = try await call(.watch) { state throws(RuntimeError) in
            state.serial += 1
            state.watchers[state.serial] = (owner, continuation)
            return state.serial
        }
        for await event in stream { await onEvent(event) }
        engine.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
        throw RuntimeError(Task.isCancelled ? .cancelled : .unreachable, "the stream ended")
    }

    /// Does what a call does, or what a test wants to go wrong with it.
    func call<Value: Sendable>(
        _ call: Call, _ body: (inout State) throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        let fault = engine.state.withLock { state -> Fault? in
            state.calls.append(call)
            if state.isDown { return .fails(RuntimeError(.unreachable, "no engine")) }
            guard var faults = state.faults[call], !faults.isEmpty else { return nil }
            let first = faults.removeFirst()
            state.faults[call] = faults
            return first
        }
        switch fault {
        case .fails(let error): throw error
        case .hangs: await hold()
        case .losesReply, .answersLate, nil: break
        }
        let value = try engine.state.withLock { state throws(RuntimeError) in try body(&state) }
        if case .answersLate = fault { await hold() }
        if case .losesReply = fault { throw RuntimeError(.deadlineExceeded, "the answer was lost") }
        return value
    }
}

// MARK: - What a test may do to the engine, and see of it

extension FakeRuntime {
    /// Makes images be on the node.
    public func addImages(_ images: String...) { engine.state.withLock { $0.images.formUnion(images) } }

    /// Makes an image no longer be on the node.
    public func removeImage(_ image: String) { engine.state.withLock { _ = $0.images.remove(image) } }

    /// Makes images be in a registry.
    public func addToRegistry(_ images: String...) { engine.state.withLock { $0.registry.formUnion(images) } }

    /// Lets the next call of this kind that has no fault yet go wrong.
    public func inject(_ fault: Fault, into call: Call) {
        engine.state.withLock { $0.faults[call, default: []].append(fault) }
    }

    /// Lets calls that hang go on, and forgets faults that have not struck.
    public func release() {
        let held = engine.state.withLock { state in
            state.faults = [:]
            defer { state.held = [] }
            return state.held
        }
        for waiter in held { waiter.resume() }
    }

    /// How many calls hang.
    public var hanging: Int { engine.state.withLock { $0.held.count } }

    /// Whether every call fails as if no engine ran. Its containers go on, its event streams break.
    public func setDown(_ isDown: Bool) {
        engine.state.withLock { state in
            state.isDown = isDown
            if isDown { for watcher in state.watchers.values { watcher.stream.finish() } }
        }
    }

    /// Breaks the event streams of an engine that goes on.
    public func breakStreams() {
        engine.state.withLock { state in for watcher in state.watchers.values { watcher.stream.finish() } }
    }

    /// Whether the engine lists the container and tells no more of it.
    public func setSilent(_ id: String, _ isSilent: Bool) {
        engine.state.withLock { state in
            if isSilent { state.silent.insert(id) } else { state.silent.remove(id) }
        }
    }

    /// Ends a running container by itself.
    public func crash(_ id: String, code: Int, outOfMemory: Bool = false) {
        engine.state.withLock { $0.end(id, code: code, outOfMemory: outOfMemory) }
    }

    /// Takes a container away without telling anybody.
    public func vanish(_ id: String) { engine.state.withLock { _ = $0.entries.removeValue(forKey: id) } }

    /// The subnet of the pod network; setting it makes one as `owner`, or removes it, whoever lives there.
    public var subnet: IPv4Network? {
        get { engine.state.withLock { $0.network?.subnet } }
        set { engine.state.withLock { $0.network = newValue.map { (self.owner, $0) } } }
    }

    /// What is wrong with the pod network, for the engine to say.
    public var warning: String? {
        get { engine.state.withLock(\.networkWarning) }
        set { engine.state.withLock { $0.networkWarning = newValue } }
    }

    /// Every container of the engine, whoever owns it.
    public var everything: [ObservedContainer] {
        engine.state.withLock { state in state.entries.values.map(\.seen).sorted { $0.name < $1.name } }
    }

    /// Those that run, of one container of a pod.
    public func running(_ container: String, of pod: String) -> [ObservedContainer] {
        everything.filter { seen in
            guard case .running = seen.state else { return false }
            return seen.labels.container == container && seen.labels.pod == pod
        }
    }

    /// What `run` was called with, in order.
    public var specs: [ContainerSpec] { engine.state.withLock { $0.specs } }
    /// Every call, in order.
    public var calls: [Call] { engine.state.withLock { $0.calls } }
    /// Every signal sent, in order.
    public var signals: [String] { engine.state.withLock { $0.signals } }
    /// How many listen to events.
    public var watcherCount: Int { engine.state.withLock { $0.watchers.count } }
}
