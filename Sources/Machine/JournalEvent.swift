/// What happened, as a number that never changes: journald's `MESSAGE_ID` (systemd.journal-fields(7)). Random 128-bit
/// values from `systemd-id128 new`; `journalctl MESSAGE_ID=…` finds them and the message catalogue explains them.
/// Log with `metadata: ["event": "\(JournalEvent.podStarted)"]`. An id in use is never given another meaning.
public enum JournalEvent: String, CaseIterable, Sendable {
    /// The agent serves: stored state restored, port open.
    case agentStarted = "67c2a12cf10245688bbb178c1c793af1"
    /// The agent was told to stop; containers and listeners stay.
    case agentStopping = "257d1adbe47b48f8bc5064648c979da0"
    /// SIGHUP: the configuration was read again.
    case configReloaded = "2b41100ae04549c28317a69dca36c197"
    /// A master authenticated on the wire.
    case masterConnected = "a58c66ddd7cf41b5bca45b54df54c430"
    /// A peer was turned away: wrong token, stale term, too many tries.
    case masterRefused = "670a858754bb4535839488cbfc8609f2"
    /// A wanted object was stored.
    case objectAccepted = "a1c05e5152a949bf844c95e2aec94b7f"
    /// An object was refused as invalid or in conflict.
    case objectRefused = "78acf826b1764fa1a66ad237f8bde69d"
    /// All containers of a pod were started.
    case podStarted = "ce0c764f91ba495d93fd0577fda36130"
    /// A pod was removed and nothing of it is left.
    case podStopped = "8cdb4e8e6e9d42f0ba8cf5580b64f8b1"
    /// A pod could not be started; the message says why and when the next try is.
    case podFailed = "efc64ad558cc4befa7b06696cceb1341"
    /// A container was created and started.
    case containerStarted = "2dd4b313688d42a78f4c889c6050fe47"
    /// A container ended by itself.
    case containerDied = "a334b8361db143959ddd61fb75365074"
    /// A container from before this start was found as wanted and kept.
    case containerAdopted = "6fd4cd58ef20461eadd92857732962cf"
    /// A container was stopped and removed because it is no longer wanted.
    case containerRemoved = "be8f82cd17884b479b386764f7b29417"
    /// Something with this agent's mark that nothing wants was removed.
    case strayRemoved = "88f7a4beaaff4b98a2cb6a694370fe0b"
    /// An image could not be pulled.
    case imagePullFailed = "fefe313930844e4f9574a836ab1dc711"
    /// A service's listener is open and its rule is in the kernel.
    case serviceProgrammed = "dd561c73ec2d4c0683ce30e969bb5f7e"
    /// A service's rule and listener are gone.
    case serviceRemoved = "3ed0d5d516854713849e4546c3d54969"
    /// A service could not be programmed.
    case serviceFailed = "a42bc992d78542e5aaa98271c008bdf6"
    /// The kernel's rules were not as wanted and have been put right.
    case rulesRepaired = "d37f2dab0e4a42ac9b5b2f0347a7eb78"
    /// The packet filter refused or could not be read.
    case filterFailed = "428e04d6b8f14cb79bf6d3ae47a9050a"
    /// The container engine does not answer.
    case runtimeUnreachable = "550b07ef8df9476d97dcd41c070801ee"
    /// The container engine answers again.
    case runtimeReachable = "d816ab3390cb46e38f4972b035707294"
    /// A stored file was damaged and has been set aside.
    case stateDamaged = "d204de8ebc9f41c7b9826a537187c2ee"
    /// A static manifest file was refused.
    case manifestRefused = "5e25c83a214a4b4c98b0b140924a2384"
    /// A privileged container was refused by the node's policy.
    case privilegedRefused = "1d74a3ff192b420f9746696f11d7b4a8"

    /// The 32 lower-case hex digits of `MESSAGE_ID`.
    public var messageID: String { rawValue }

    /// The event named by a log line's `event` metadata (the case's own name), or `nil`.
    public init?(named name: String) {
        guard let event = Self.byName[name] else { return nil }
        self = event
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ("\($0)", $0) })
}
