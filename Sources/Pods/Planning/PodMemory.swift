import ClusterModel

/// What the reconciler remembers of a pod between two looks, beside what the engine shows. It is lost with the process.
/// Attempts and specs are in the labels; what is lost is patience, and that we ended a container whose own spec is still
/// the wanted one (its pod's network changed or died): under a policy that does not restart what ended so, it stays ended.
/// All times are of the monotonic clock.
struct PodMemory: Equatable {
    /// The reason of a network container that waits for the former network's pods to end.
    private static let networkInUse = "PodNetworkInUse"

    /// By container name, the network container's among them.
    var containers: [String: ContainerMemory] = [:]
    /// Containers told to end, by id, for as long as the engine shows them.
    var stopping: [String: Stopping] = [:]
    /// The engine or the file system refused to remove something.
    var removal: Setback?
    /// Uids of which a volume folder may be there.
    var volumes: Set<String> = []
    /// Whether the pod was looked at before. Who was dead at the first look died unseen, perhaps with the machine, and is
    /// started without delay.
    var wasObserved = false
}

/// A container that was told to end.
struct Stopping: Equatable {
    var since: Duration
    /// When it was last sent SIGKILL.
    var killedAt: Duration?
}

/// Why a container is ended by us.
enum StopPurpose: Equatable {
    /// Its spec changed: the new one is to run whatever the restart policy says.
    case replace
    /// The pod's network is lost: it is to run again, unless it may run only once.
    case rebuild
    /// Nobody wants it.
    case unwanted
}

/// Something that failed and is tried again.
struct Setback: Equatable {
    /// One CamelCase word.
    var reason: String
    /// The words of whoever refused.
    var message: String
    /// How often in a row.
    var count: Int
    var until: Duration

    /// The next in a row.
    static func after(
        _ previous: Setback?, _ reason: String, _ message: String, wait: BackOff, now: Duration
    ) -> Setback {
        let count = (previous?.count ?? 0) + 1
        return Setback(reason: reason, message: message, count: count, until: now + wait.delay(after: count))
    }
}

/// What is remembered of one container of a pod.
struct ContainerMemory: Equatable {
    /// How far its image has got.
    struct Image: Equatable {
        enum Phase: Equatable { case idle, fetching, fetched, failed }
        var phase = Phase.idle
        /// The engine said that it is not there.
        var isAbsent = false
        /// The last failure to bring it, while there was no success.
        var setback: Setback?
    }

    /// The newest instance that was started.
    var attempt: Int?
    /// The instance seen running, and since when we know.
    var running: (id: String, since: Duration)?
    /// Ends in a row that we did not cause.
    var crashes = 0
    /// The newest dead instance, and when we learned of its end.
    var death: (id: String, at: Duration)?
    /// The engine refused to start it.
    var refusal: Setback?
    var image = Image()
    /// It was ended by us to be started again.
    var replacement: StopPurpose?

    static func == (left: ContainerMemory, right: ContainerMemory) -> Bool {
        left.attempt == right.attempt && left.crashes == right.crashes && left.refusal == right.refusal
            && left.image == right.image && left.replacement == right.replacement
            && left.running?.id == right.running?.id && left.running?.since == right.running?.since
            && left.death?.id == right.death?.id && left.death?.at == right.death?.at
    }
}

// MARK: - What is learned from a look

extension PodMemory {
    /// A container that ended without being told to.
    struct Crash: Equatable {
        var container: ObservedContainer
        var exit: ObservedContainer.Exit
    }

    /// Learns from a look at the pod, of which the incarnation `uid` is wanted. Returns who died by itself since the last.
    mutating func observe(
        _ observed: [ObservedContainer], uid: String?, now: Duration, limits: PodLimits
    ) -> [Crash] {
        var crashes: [Crash] = []
        volumes.formUnion(observed.map(\.labels.uid))
        let mine = observed.filter { $0.labels.uid == uid && !$0.isCreated }
        for (name, instances) in Dictionary(grouping: mine, by: \.labels.container) {
            guard let newest = instances.max(by: { $0.labels.attempt < $1.labels.attempt }) else { continue }
            var memory = containers[name] ?? ContainerMemory()
            memory.attempt = max(memory.attempt ?? 0, newest.labels.attempt)
            if newest.isRunning, memory.running?.id != newest.id { memory.running = (newest.id, now) }
            if let exit = newest.exit, memory.death?.id != newest.id {
                if wasObserved, stopping[newest.id] == nil {
                    memory.noteCrash(of: newest.id, now: now, limits: limits)
                    crashes.append(Crash(container: newest, exit: exit))
                }
                memory.death = (newest.id, now)
            }
            containers[name] = memory
        }
        let present = Set(observed.map(\.id))
        stopping = stopping.filter { present.contains($0.key) }
        wasObserved = true
        return crashes.sorted { $0.container.name < $1.container.name }
    }

    /// Another incarnation is wanted: what is known of the containers' failures does not concern it, and what may be there
    /// of it already was not learned from.
    mutating func forgetIncarnation() {
        containers = [:]
        wasObserved = false
    }

    /// The incarnation `uid` is wanted again while it is being removed: whom we told to end meanwhile is to run again,
    /// whatever the restart policy makes of its end.
    mutating func noteReturn(of uid: String, _ observed: [ObservedContainer]) {
        let mine = Dictionary(grouping: observed.filter { $0.labels.uid == uid }, by: \.labels.container)
        for (name, instances) in mine {
            guard let newest = instances.max(by: { $0.labels.attempt < $1.labels.attempt }), stopping[newest.id] != nil
            else { continue }
            containers[name, default: ContainerMemory()].replacement = .replace
        }
    }

    /// The manifest changed, perhaps to mend what failed: everything is tried at once, and containers with another spec
    /// have never crashed.
    mutating func forgive(crashesWhere hasNewSpec: (String) -> Bool) {
        for name in containers.keys {
            containers[name]?.refusal = nil
            containers[name]?.image = ContainerMemory.Image()
            if hasNewSpec(name) { containers[name]?.crashes = 0 }
        }
    }

    /// The pod network is free. Returns whether its network container waited for that.
    mutating func forgiveNetworkInUse() -> Bool {
        guard containers[ContainerLabels.network]?.refusal?.reason == Self.networkInUse else { return false }
        containers[ContainerLabels.network]?.refusal = nil
        return true
    }
}

extension ContainerMemory {
    fileprivate mutating func noteCrash(of id: String, now: Duration, limits: PodLimits) {
        if let running, running.id == id, now - running.since >= limits.crashMemory { crashes = 0 }
        crashes += 1
    }

    /// When an instance that ended so is followed by the next.
    func restart(after exit: ObservedContainer.Exit, limits: PodLimits) -> Duration {
        let wait = exit.code == 0 ? limits.cleanExit : limits.crash
        return (death?.at ?? .zero) + wait.delay(after: crashes)
    }

    /// The number of the instance to start next.
    var nextAttempt: Int { attempt.map { $0 + 1 } ?? 0 }
}

// MARK: - What is learned from an action

extension PodMemory {
    /// The engine started an instance.
    mutating func noteStart(of container: String, attempt: Int) {
        noteAttempt(of: container, attempt)
        var memory = containers[container] ?? ContainerMemory()
        memory.refusal = nil
        memory.image = ContainerMemory.Image()
        memory.replacement = nil
        containers[container] = memory
    }

    /// An instance of this number was made: the next one has another, whatever became of it.
    mutating func noteAttempt(of container: String, _ attempt: Int) {
        let known = containers[container]?.attempt ?? 0
        containers[container, default: ContainerMemory()].attempt = max(known, attempt)
    }

    /// The engine did not start it. Trouble of the engine itself is nobody's failure and leaves no trace.
    mutating func noteRefusal(
        of container: String, _ error: RuntimeError, policy: ImagePullPolicy, now: Duration, limits: PodLimits
    ) {
        guard !error.isEngineTrouble else { return }
        var memory = containers[container] ?? ContainerMemory()
        let reason: String
        switch error.code {
        case .noSuchImage:
            memory.image.isAbsent = true
            let mayStillFetch = policy != .never && memory.image.phase != .fetched
            memory.image.phase = memory.image.phase == .failed ? .failed : .idle
            containers[container] = memory
            if mayStillFetch { return }
            reason = policy == .never ? "ImageNeverPulled" : "ErrImagePull"
        case .portTaken: reason = "HostPortConflict"
        case .networkConflict: reason = "PodNetworkConflict"
        case .networkInUse: reason = Self.networkInUse
        case .deadlineExceeded: reason = "RuntimeTimeout"
        default: reason = "RunContainerError"
        }
        memory.refusal = .after(memory.refusal, reason, error.message, wait: limits.refusal, now: now)
        containers[container] = memory
    }

    /// The image of a container is being brought.
    mutating func noteFetch(of container: String) {
        containers[container, default: ContainerMemory()].image.phase = .fetching
    }

    /// It is here, or why not.
    mutating func noteFetched(of container: String, _ error: RuntimeError?, now: Duration, limits: PodLimits) {
        guard var memory = containers[container], memory.image.phase == .fetching else { return }
        if let error {
            memory.image.phase = .failed
            // Somebody may load it by hand: the next start asks the engine again before it waits for the next pull.
            memory.image.isAbsent = false
            memory.image.setback = .after(
                memory.image.setback, "ErrImagePull", error.message, wait: limits.pull, now: now)
        } else {
            memory.image = ContainerMemory.Image(phase: .fetched)
        }
        containers[container] = memory
    }

    /// Containers were sent a signal that ends them.
    mutating func noteSignal(_ targets: [ObservedContainer], isKill: Bool, purpose: StopPurpose, now: Duration) {
        for target in targets {
            var stop = stopping[target.id] ?? Stopping(since: now)
            if isKill { stop.killedAt = now }
            stopping[target.id] = stop
            if purpose != .unwanted {
                containers[target.labels.container, default: ContainerMemory()].replacement = purpose
            }
        }
    }

    /// Something was not removed.
    mutating func noteRemovalFailure(_ reason: String, _ message: String, now: Duration, limits: PodLimits) {
        removal = .after(removal, reason, message, wait: limits.refusal, now: now)
    }
}
