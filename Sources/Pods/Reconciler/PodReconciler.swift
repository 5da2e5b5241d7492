public import ClusterModel
public import Logging
public import Machine

/// Makes the containers on this node be what is wanted.
///
/// Every pod has a worker of its own that looks, plans (`PodPlanner`), acts and looks again until there is nothing to do;
/// what is stuck in one pod stops that pod alone. Three things set a worker going: a change of what is wanted, an event
/// of the engine, and the comparison of everything with everything every ten seconds, which is the truth that the other
/// two only hurry.
///
/// Give it the picture with `begin`, keep `run` going, tell it every change. Nothing is started before the engine has been
/// asked once what is there, and nothing that runs is ended before the picture is complete.
public actor PodReconciler {
    /// How the engine answered lately.
    struct Engine {
        /// Comparisons in a row that failed.
        var failures = 0
        /// Of the last of them.
        var words = ""
        var failingSince: Duration?
        var isAnnounced = false
        /// When a comparison last ended, well or badly.
        var lastEnd: Duration?
        var nextComparison: Duration = .zero
    }

    /// An image that is being brought, and who waits for it.
    struct Fetch {
        var task: Task<Void, Never>
        var waiting: [(key: ObjectKey, container: String)]
    }

    let runtime: any ContainerRuntime
    let settings: PodSettings
    let environment: @Sendable (_ namespace: String) async -> [EnvVar]
    let report: @Sendable (PodReport) -> Void
    let logger: Logger
    let time: MonotonicTime
    let volumes: VolumeFolders
    let calls: CallGate
    let pulls: CallGate
    let planner: PodPlanner

    var records: [ObjectKey: PodRecord] = [:]
    var ports = HostPorts()
    var network: PodNetwork
    /// Whether the network is still to be made, and why it could not be.
    var isNetworkDue = false
    var networkTrouble: String?
    /// Pods that claim their ports when the first comparison shows who has them.
    var unclaimed: Set<ObjectKey> = []
    var fetches: [String: Fetch] = [:]
    var engine = Engine()
    var isComplete = false
    var isComparing = false
    /// Whether a comparison has ever succeeded, and whether one was ever tried.
    var hasCompared = false
    var hasTried = false
    /// When folders of volumes that no pod has are removed; `nil` when that is done or not yet due.
    var volumeSweep: Duration?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// A reconciler that has not begun.
    /// - Parameters:
    ///   - environment: the variables of the services a pod of a namespace can reach (reference §4); asked at every start.
    ///   - report: called when something about a pod changed, in order per pod; must not block.
    ///   - network: where pods live until `join` says otherwise.
    ///   - clock: monotonic.
    ///   - commands: runs rm(1) for volumes.
    public init(
        runtime: any ContainerRuntime, settings: PodSettings,
        environment: @Sendable @escaping (_ namespace: String) async -> [EnvVar],
        report: @Sendable @escaping (PodReport) -> Void, network: PodNetwork = .engineDefault,
        clock: some Clock<Duration> = ContinuousClock(),
        commands: any CommandRunning = CommandRunner(), logger: Logger
    ) {
        self.runtime = runtime
        self.settings = settings
        self.environment = environment
        self.report = report
        self.network = network
        self.logger = logger
        time = MonotonicTime(clock)
        volumes = VolumeFolders(podsFolder: settings.podsFolder, commands: commands)
        let limits = settings.limits
        calls = CallGate(limit: limits.parallelCalls, patience: limits.callPatience, time: time)
        pulls = CallGate(limit: limits.parallelPulls, patience: limits.pullPatience, time: time)
        planner = PodPlanner(limits: settings.limits)
    }

    /// Takes the stored picture, once, before anything else. Returns at once; `settle` waits until it is applied.
    /// - Parameter complete: whether these are all the pods of the node. If not, nothing that runs is ended until
    ///   `becomeComplete`.
    public func begin(pods: [DesiredPod], complete: Bool) async {
        claimPorts(of: pods.filter(want).map(\.pod.key))
        if complete { becomeComplete() }
        Task { await compare() }
    }

    /// Takes changes: `changed` are wanted as they are now, `removed` are to go. Removing what is not there is reported as
    /// removed.
    /// - Parameter generation: of the removals; what is reported of them, a failure too, carries it.
    public func update(changed: [DesiredPod], removed: [ObjectKey], generation: UInt64 = 0) async {
        for key in removed { unwant(key, generation) }
        claimPorts(of: changed.filter(want).map(\.pod.key))
    }

    /// From here on every pod of the node has been named: what runs may be ended, and what nobody wants is removed after
    /// a grace.
    public func becomeComplete() {
        guard !isComplete else { return }
        isComplete = true
        let due = time.now() + settings.limits.strayGrace
        volumeSweep = due
        for key in records.keys.sorted() {
            if records[key]?.isStray == true { records[key]?.strayUntil = due }
            poke(key)
        }
    }

    /// Compares and watches until it is cancelled. Work under way is left to end by itself; containers go on.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { await self.compareAgainAndAgain() }
            group.addTask { await self.watchAgainAndAgain() }
        }
        for key in records.keys { records[key]?.wake?.cancel() }
        for fetch in fetches.values { fetch.task.cancel() }
    }

    /// Returns when nothing is left to do at once. What waits for a back-off, a pull or a container's end is not waited for,
    /// nor is an engine that does not answer.
    public func settle() async {
        guard !isSettled else { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    private var isSettled: Bool { hasTried && !isComparing && !records.values.contains(where: \.isWorking) }

    /// Called whenever something ended.
    func noteIdle() {
        guard isSettled else { return }
        let done = waiters
        waiters = []
        for waiter in done { waiter.resume() }
    }
}

// MARK: - What is wanted

extension PodReconciler {
    /// Returns whether that is news; then its host ports are still to be claimed.
    private func want(_ pod: DesiredPod) -> Bool {
        let key = pod.pod.key
        let isKnown = records[key] != nil
        var record = records[key] ?? PodRecord()
        if let blueprint = record.blueprint, blueprint.desired == pod { return false }
        let isOther = record.uid != pod.uid
        // A new version or label changes nothing about what is being brought.
        let isSameManifest = record.blueprint?.desired.pod.manifest == pod.pod.manifest
        if isOther || !isSameManifest { abandonFetches(of: key, in: &record) }
        let blueprint = PodBlueprint(pod, network: network)
        if isOther {
            record.memory.forgetIncarnation()
        } else if let former = record.blueprint, former.desired.pod.manifest != pod.pod.manifest {
            record.memory.forgive { former.hashes[$0] != blueprint.hashes[$0] }
        }
        if record.blueprint == nil { record.memory.noteReturn(of: pod.uid, record.observed) }
        record.blueprint = blueprint
        record.uid = pod.uid
        record.generation = pod.generation
        record.isStray = false
        record.strayUntil = nil
        record.obstacle = PodObstacle.inManifest(pod.pod.manifest, allowPrivileged: settings.allowPrivileged)
        record.version += 1
        records[key] = record
        warnOfUnsupported(pod, key)
        // What is known of a name was learned about its former incarnation; of an unknown one there is nothing to look at.
        poke(key, look: isKnown && isOther ? .all : .none)
        return true
    }

    private func unwant(_ key: ObjectKey, _ generation: UInt64) {
        guard var record = records[key] else {
            guard hasCompared else {
                // Whether there is anything of it the first comparison will tell.
                records[key] = PodRecord(generation: generation)
                return
            }
            let report = PodReport(key: key, uid: "", generation: generation, state: PodState(), convergence: .removed)
            return self.report(report)
        }
        abandonFetches(of: key, in: &record)
        record.blueprint = nil
        record.generation = max(record.generation, generation)
        record.isStray = false
        record.strayUntil = nil
        record.version += 1
        records[key] = record
        unclaimed.remove(key)
        poke(key)
    }

    /// A field that is accepted and not acted on is told once per pod: nothing is ignored in silence.
    private func warnOfUnsupported(_ pod: DesiredPod, _ key: ObjectKey) {
        guard records[key]?.warnedUID != pod.uid else { return }
        records[key]?.warnedUID = pod.uid
        for words in UnsupportedFields.warnings(pod.pod.manifest) {
            logger.warning("\(words)", metadata: metadata(key, source: pod.source))
        }
    }

    /// Takes the pods' host ports, or makes them wait for them; pods whose wait that ends are set going. Each is named once.
    func claimPorts(of keys: [ObjectKey]) {
        guard hasCompared else { return unclaimed.formUnion(keys) }
        ports.claim(keys.compactMap { key in records[key]?.portsToClaim.map { (key, $0) } })
        for granted in ports.grant() { poke(granted) }
    }

    func metadata(
        _ key: ObjectKey, container: String? = nil, source: String? = nil, event: JournalEvent? = nil
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["pod": "\(key.name)", "namespace": "\(key.namespace)"]
        if let container { metadata["container"] = "\(container)" }
        if let source = source ?? records[key]?.blueprint?.desired.source { metadata["source"] = "\(source)" }
        if let event { metadata["event"] = "\(event)" }
        return metadata
    }
}
