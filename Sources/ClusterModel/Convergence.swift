/// How far a wanted change has got on this node; what the second ack of PROTOCOL.md is made from.
public enum Convergence: Sendable, Equatable {
    /// Being worked on; nothing has gone wrong.
    case pending
    /// The node is as wanted: listener open and rule in the kernel, or containers started.
    case applied
    /// Not there yet: a reason in one CamelCase word, the words of whoever refused, and the time to the next try
    /// (`nil` when only a change of the object can help).
    case failed(reason: String, message: String, retryIn: Duration?)
    /// The object was removed and nothing of it is left.
    case removed
}
