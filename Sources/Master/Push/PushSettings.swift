public import ClusterModel
import Wire

/// The bounds of the pusher. Each default says what it is for.
public struct PushSettings: Sendable, Equatable {
    /// What the minions ask for; `nil` where they ask for nothing.
    public var token: String?
    /// TCP port of every minion.
    public var minionPort = MinionAddress.defaultPort
    /// Requests of one link that the minion has not yet stored. One fsync of the agent takes all that wait, so 64 keep it
    /// busy and still cost a slow minion only some tens of kilobytes.
    public var window = 64
    /// Requests of one link whose `applied` is awaited. Beyond it the oldest is no longer followed: one that never converges
    /// must not fill the memory.
    public var followLimit = 256
    /// Objects of one link of which something else than `applied` or a refusal is remembered.
    public var noteLimit = 1_024
    /// Objects of one link of which a refusal is remembered. A minion that refuses more takes no full set.
    public var refusalLimit = 1_024
    /// About how long a part of a set is, in bytes: 8 KiB. On its way to a minion it is in memory several times, and a new
    /// master sends to a thousand at once.
    public var partBytes = 8 * 1_024
    /// The bounds of a link's connection. What is read are short lines, and there are a thousand links.
    static let linkLimits = {
        var limits = LineLimits()
        limits.readBytes = 8 * 1_024
        return limits
    }()
    /// Changes after which the set of all services and endpoints is made anew for whoever needs it; fewer are sent behind it.
    /// To make one takes about as long as to send so many.
    public var sharedSetAge = 1_024
    /// Removals of services and endpoints that are remembered for minions that were away; beyond it these get the full set.
    public var sharedRemovalLimit = 10_000
    /// The same for the pods of one minion.
    public var podRemovalLimit = 256
    /// How often a minion is asked whether it is there.
    public var pingInterval = Duration.seconds(10)
    /// How long a minion may say nothing before its connection counts as half open and is given up.
    public var silenceDeadline = Duration.seconds(30)
    /// How often what a minion refused is offered again: the reason may lie on the node, as a static manifest of that name.
    public var refusalRetry = Duration.seconds(60)
    /// The longest wait before the first new try to connect; doubled with each failure up to `lastRetry`.
    public var firstRetry = Duration.milliseconds(250)
    /// The longest wait between two tries.
    public var lastRetry = Duration.seconds(30)
    /// How long a minion that follows a newer leader is left alone.
    public var supersededRetry = Duration.seconds(120)
    /// How long the master waits to learn of changes that a minion has already, before it believes that the store was put
    /// back to an earlier state.
    public var catchUpDeadline = Duration.seconds(5)
    /// How often it looks meanwhile.
    static let catchUpPause = Duration.milliseconds(500)

    /// The default bounds.
    public init(token: String? = nil) {
        self.token = token
    }
}

/// Where a minion listens.
public struct MinionAddress: Sendable, Hashable, CustomStringConvertible {
    /// The port of PROTOCOL.md.
    public static let defaultPort = 10_250

    /// The minion's name, for which its certificate must be.
    public var minion: String
    /// An address or a name.
    public var host: String
    /// 1…65535.
    public var port: Int

    /// An address.
    public init(minion: String, host: String, port: Int = MinionAddress.defaultPort) {
        self.minion = minion
        self.host = host
        self.port = port
    }

    /// The address of `minion`: its `hostIP`, or its name where it has none.
    public init(of minion: Minion, port: Int) {
        let name = minion.meta.name
        self.init(minion: name, host: minion.hostIP.isEmpty ? name : minion.hostIP, port: port)
    }

    /// `10.0.0.1:10250`.
    public var description: String { "\(host):\(port)" }
}

/// Why a link to a minion ended.
public struct PushError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is told apart.
    public enum Code: String, Sendable {
        /// The minion has seen a newer leader: this master may write there no more.
        case superseded
        /// The minion said nothing for `PushSettings.silenceDeadline`.
        case silent
        /// The minion took the full set neither at once nor without what it had refused object by object.
        case fullSetRefused
        /// The minion refused a line that it could not read.
        case misunderstood
        /// The connection ended.
        case ended
    }

    /// What kind of end it was.
    public var code: Code
    /// In words, with the minion's own.
    public var message: String
    /// Of `superseded` at the beginning: the highest term that the minion has seen.
    public var term: UInt64?

    /// An end.
    public init(_ code: Code, _ message: String, term: UInt64? = nil) {
        self.code = code
        self.message = message
        self.term = term
    }

    /// The words.
    public var description: String { message }
}
