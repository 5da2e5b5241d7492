/// What the pods' side of the agent may be told.
public struct PodSettings: Sendable, Equatable {
    /// Whether containers that ask for it run privileged; the gate of reference §2.10.
    public var allowPrivileged: Bool
    /// Holds a folder per incarnation of a pod with its `emptyDir` volumes. Made when first needed.
    public var podsFolder: String
    /// Whether containers log to journald. Else they log to files of the engine, bounded in size.
    public var logsToJournal: Bool
    /// Bounds and intervals, meant to be left alone.
    public var limits: PodLimits

    /// Settings with the standard limits unless told otherwise.
    public init(allowPrivileged: Bool, podsFolder: String, logsToJournal: Bool, limits: PodLimits = PodLimits()) {
        self.allowPrivileged = allowPrivileged
        self.podsFolder = podsFolder
        self.logsToJournal = logsToJournal
        self.limits = limits
    }
}

/// Every bound of the pods' side, with its sentence.
public struct PodLimits: Sendable, Equatable {
    /// After a crash: the longest wait is what users call the longest acceptable one, and the first is long enough not to
    /// burn a core on a program that dies at once.
    public var crash = BackOff(first: .seconds(1), longest: .seconds(60))
    /// After an end with exit code 0 that the policy `always` does not accept: it is the program's normal way of
    /// working, so the longest wait is short.
    public var cleanExit = BackOff(first: .seconds(1), longest: .seconds(5))
    /// After the engine refused to start a container, or to remove one.
    public var refusal = BackOff(first: .seconds(1), longest: .seconds(60))
    /// After an image could not be pulled: registries count their clients' requests.
    public var pull = BackOff(first: .seconds(2), longest: .seconds(60))
    /// A container that ran this long has overcome its crashes; the next wait is the first again.
    public var crashMemory: Duration = .seconds(600)
    /// Between the stop signal and SIGKILL (reference §2.12).
    public var stopGrace: Duration = .seconds(10)
    /// Between looks at containers that were told to end, should the engine's event be lost.
    public var stopPoll: Duration = .seconds(1)
    /// Dead instances kept per container: their logs, exit code and number are what is asked for after a crash.
    public var deadInstances = 1
    /// Between comparisons of everything that is wanted with everything that is there (reference §2.4).
    public var comparison: Duration = .seconds(10)
    /// Between tries to reach an engine that does not answer: it is noticed soon when it is back.
    public var reconnect: Duration = .seconds(2)
    /// Failed comparisons in a row until the engine counts as unreachable; one may be its restart.
    public var failuresUntilUnreachable = 2
    /// Between an event of the engine and the look it causes: one look for the events that come together.
    public var hintDelay: Duration = .milliseconds(20)
    /// Calls of the engine under way at once. More make a small machine slower, not the pods faster.
    public var parallelCalls = 4
    /// A call that takes longer no longer counts among them while others wait: it hangs, and they need not. Nearly all take
    /// less than a second.
    public var callPatience: Duration = .seconds(10)
    /// Pulls under way at once, beside the calls: they wait for a network, not for the machine.
    public var parallelPulls = 3
    /// The same for pulls: a large image over a slow line takes minutes, and so may a registry that is silent.
    public var pullPatience: Duration = .seconds(300)
    /// A container of ours that nothing wants is left this long: its pod may come from a source that is late.
    public var strayGrace: Duration = .seconds(30)
    /// Bytes of service variables a container is given; more and the kernel refuses to start any program with them
    /// (execve(2): a quarter of the stack's limit, 2 MiB of the usual 8, arguments included).
    public var serviceEnvironment = 1024 * 1024

    /// The standard limits.
    public init() {}
}

/// A wait that doubles with every failure in a row, up to a bound.
public struct BackOff: Sendable, Equatable {
    /// After the first failure.
    public var first: Duration
    /// However many there were.
    public var longest: Duration

    /// A back-off.
    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// The wait after `failures` in a row; none after none.
    public func delay(after failures: Int) -> Duration {
        guard failures > 0 else { return .zero }
        // 2^20 first waits are beyond any longest one that makes sense; the bound keeps the shift in range.
        return min(longest, first * (1 << min(failures - 1, 20)))
    }
}
