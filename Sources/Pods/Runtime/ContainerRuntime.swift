public import ClusterModel

/// What the reconciler needs of a container engine. `DockerRuntime` is the real one; a fake passes the same cases.
///
/// Every container made through it carries the mark of `owner`, and nothing else is ever listed, signalled or removed.
/// Every call but `fetch`, `watch` and `logs` returns or throws within a bounded time.
public protocol ContainerRuntime: Sendable {
    /// Who the containers belong to: the id of this agent's state folder.
    var owner: String { get }

    /// The image of the pods' network containers. `fetch` of it needs no registry.
    var networkImage: String { get }

    /// Our containers, running or not: all of them, or those of one pod (of whatever uid). One that the engine lists but
    /// does not tell about in time has the state `unknown`.
    func containers(of pod: ObjectKey?) async throws(RuntimeError) -> [ObservedContainer]

    /// The containers with these ids, less those that are gone.
    func inspect(_ ids: [String]) async throws(RuntimeError) -> [ObservedContainer]

    /// Makes the pod network be there with this subnet, for `run` to put containers into. One of ours that is otherwise is made
    /// anew. O(1) where nothing is to be done.
    ///
    /// Throws `networkInUse` while containers run in one of ours that is otherwise, and `networkConflict` when a network that
    /// is not ours has its name or its addresses; that one is not touched.
    func prepare(_ subnet: IPv4Network) async throws(RuntimeError)

    /// What is wrong with the pod network that `prepare` has found or made, and does not mend because it is in use or cannot
    /// know better: one sentence with what to do, or `nil`. Costs two calls at most.
    func networkWarning() async throws(RuntimeError) -> String?

    /// Makes and starts a container from an image that is there, and returns its id. A failed start may leave a container
    /// in the state `created`.
    func run(_ spec: ContainerSpec) async throws(RuntimeError) -> String

    /// Sends a signal (`TERM`, `KILL`, `37` …) to the first process of each. One that does not run is no error.
    func signal(_ ids: [String], _ signal: String) async throws(RuntimeError)

    /// Removes containers and the engine's anonymous volumes of them, running or not. One that is gone is no error.
    func remove(_ ids: [String]) async throws(RuntimeError)

    /// Brings an image from its registry. Takes as long as it takes, up to a bound of many minutes.
    func fetch(_ image: String) async throws(RuntimeError)

    /// Calls `onEvent` for what happens to our containers until the task is cancelled or the stream breaks, which throws.
    /// Events may be lost; they are hints and never the truth.
    func watch(_ onEvent: @Sendable @escaping (RuntimeEvent) async -> Void) async throws(RuntimeError)

    /// Gives the lines a container wrote to `onLine`, the next one only when that has returned; returns at the end of the
    /// log, of one that is followed when the container ends or the task is cancelled, which throws.
    func logs(
        _ id: String, _ range: LogRange, onLine: @Sendable @escaping (LogLine) async -> Void
    ) async throws(RuntimeError)
}

/// Something happened to a container of ours.
public struct RuntimeEvent: Sendable, Equatable {
    /// What the reconciler acts on.
    public enum Kind: Sendable, Equatable {
        case started
        case died
        case removed
    }

    /// What happened.
    public var kind: Kind
    /// The container's full id.
    public var id: String
    /// The pod it is labelled with.
    public var pod: ObjectKey

    /// An event.
    public init(kind: Kind, id: String, pod: ObjectKey) {
        self.kind = kind
        self.id = id
        self.pod = pod
    }
}

/// Why the engine did not do what it was asked to.
public struct RuntimeError: Error, Sendable, Equatable {
    /// What a caller may decide by.
    public enum Code: String, Sendable, Equatable {
        /// The image is not on this node.
        case noSuchImage
        /// The image could not be brought here.
        case pullFailed
        /// The container's name is taken.
        case nameConflict
        /// A container that was named, or whose network is to be joined, is not there.
        case noSuchContainer
        /// A network that was named is not there.
        case noSuchNetwork
        /// A port of the node is taken.
        case portTaken
        /// The name or the addresses of the pod network are taken by a network that is not ours.
        case networkConflict
        /// The pod network is to have other addresses, and containers run in it still.
        case networkInUse
        /// A line of a log is longer than is taken.
        case lineTooLong
        /// The engine understood and refused; trying the same again may help or not.
        case refused
        /// No engine answers, or its command cannot be started.
        case unreachable
        /// It did not answer in time; what was asked may still happen.
        case deadlineExceeded
        /// It answered something that cannot be read.
        case unreadable
        /// The calling task was cancelled.
        case cancelled
    }

    /// What a caller may decide by.
    public var code: Code
    /// One line: the engine's own words where it had any.
    public var message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The engine is at fault and not what it was asked to do: the same call is right once it answers again.
    public var isEngineTrouble: Bool { code == .unreachable || code == .unreadable || code == .cancelled }
}
