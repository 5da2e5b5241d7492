import ClusterModel

/// A controller's decisions, without its effects: changes of the cluster go in, writes come out. Everything costs what it
/// touches, so that a change of one pod costs the same among thirty thousand.
///
/// A planner remembers what it asked for until `settle` says what became of it, and takes it for done meanwhile: a mirror
/// that lags makes nothing happen twice. It asks for no second write of an object before the first is settled.
protocol ControllerPlanner: Sendable {
    /// What it asks for.
    associatedtype Write: Sendable

    /// When `plan` may have something to say without a further change, on the clock of its `now`; `.zero` is at once, `nil`
    /// is never.
    var next: Duration? { get }

    /// Takes note of a change, in the order the mirror tells them.
    mutating func apply(_ change: ClusterChange)

    /// What is to be written now. Nothing before the first `synced`: a half picture is no reason to change anything.
    mutating func plan(now: Duration) -> [Write]

    /// What became of a write that `plan` asked for.
    mutating func settle(_ write: Write, _ outcome: WriteOutcome, now: Duration)
}

/// What became of a controller's write.
enum WriteOutcome: Sendable, Equatable {
    /// It is in the store: what was put has this revision; `nil` where nothing was put.
    case done(revision: UInt64?)
    /// The object is no longer what the planner took it for; the mirror will show what it is.
    case conflict
    /// It was refused, and would be again; why, in words.
    case refused(String)
    /// The store could not be reached. Whether it took effect is unknown.
    case unavailable(String)
}

/// Bounds all planners share.
enum PlannerLimits {
    /// Writes of one planner that may be under way: enough to keep a store busy, few enough that a new leader has little to
    /// sort out after an old one died.
    static let writesUnderWay = 128

    /// How long to wait for the mirror after a conflict before looking again anyway.
    static let conflictPause: Duration = .milliseconds(200)
}
