/// A container of ours as the engine tells of it.
public struct ObservedContainer: Sendable, Equatable {
    /// What it is doing.
    public enum State: Sendable, Equatable {
        /// Made and never started: the start failed, or is under way.
        case created
        /// RFC 3339 in UTC, as the engine says it.
        case running(startedAt: String)
        case exited(Exit)
        /// The engine is taking it away.
        case removing
        /// It is listed, but the engine did not tell more; why not.
        case unknown(String)
    }

    /// How a container ended.
    public struct Exit: Sendable, Equatable {
        /// 128 + n where signal n ended it.
        public var code: Int
        /// The kernel ended it for its memory limit.
        public var outOfMemory: Bool
        /// The engine's words, if it had any.
        public var error: String
        /// RFC 3339 in UTC.
        public var startedAt: String
        /// RFC 3339 in UTC.
        public var finishedAt: String

        /// An end.
        public init(
            code: Int, outOfMemory: Bool = false, error: String = "", startedAt: String = "", finishedAt: String = ""
        ) {
            self.code = code
            self.outOfMemory = outOfMemory
            self.error = error
            self.startedAt = startedAt
            self.finishedAt = finishedAt
        }
    }

    /// The engine's full id.
    public var id: String
    /// Without the engine's leading slash.
    public var name: String
    /// What it was labelled with when it was made.
    public var labels: ContainerLabels
    /// The image it was made from, as it was named then.
    public var image: String
    /// What it is doing.
    public var state: State
    /// What tells its first process to end; the image may name another than TERM.
    public var stopSignal: String
    /// The full id of the container whose network it shares.
    public var sharesNetworkWith: String?
    /// Its own IPv4 address; empty when it has none.
    public var address: String
    /// Why the engine did not tell of it this time; the rest is what it told before.
    public var doubt: String?

    /// An observation.
    public init(
        id: String, name: String, labels: ContainerLabels, image: String = "", state: State,
        stopSignal: String = "TERM",
        sharesNetworkWith: String? = nil, address: String = ""
    ) {
        self.id = id
        self.name = name
        self.labels = labels
        self.image = image
        self.state = state
        self.stopSignal = stopSignal
        self.sharesNetworkWith = sharesNetworkWith
        self.address = address
    }

    var isRunning: Bool {
        if case .running = state { true } else { false }
    }

    var isUnknown: Bool {
        if case .unknown = state { true } else { false }
    }

    var isCreated: Bool { state == .created }

    var exit: Exit? {
        if case .exited(let exit) = state { exit } else { nil }
    }

    /// What is believed after a look: the look, except where the engine told nothing and something was known.
    func after(_ known: ObservedContainer?) -> ObservedContainer {
        guard case .unknown(let why) = state, var known, !known.isUnknown else { return self }
        known.doubt = why
        return known
    }
}
