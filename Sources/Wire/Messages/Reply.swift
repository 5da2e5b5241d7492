public import ClusterModel

/// One line of the agent (PROTOCOL "Replies"). Both ends use it: the agent writes it, a client reads it.
public enum Reply: Sendable, Equatable {
    case hello(Hello)
    case ready(Ready)
    case ack(Ack)
    /// A refusal: nothing was changed.
    case error(WireFault)
    /// The answer to `get`: each of `items` has its `currentState`. With `more` the answer goes on in the next `result` of the
    /// id. Who writes one need not cut it: `writeLine` does.
    case result(id: RequestID?, kind: ObservedKind, items: [JSONObject], more: Bool = false)
    /// An object's newest state, for a watch. Of one that is `removed` the object has only what identifies it.
    case status(id: RequestID?, kind: ObservedKind, object: JSONObject, removed: Bool = false)
    /// The watch has shown everything there is; from here on come changes.
    case synced(id: RequestID?)
    /// One line of a container's log.
    case log(id: RequestID?, LogLine)
    case health(id: RequestID?, HealthReport)
    case pong(id: RequestID?)
    /// The watch that was cancelled has ended, or the log has.
    case end(id: RequestID?)

    /// The id of the request this answers.
    public var id: RequestID? {
        switch self {
        case .hello, .ready: nil
        case .ack(let ack): ack.id
        case .error(let fault): fault.id
        case .result(let id, _, _, _), .status(let id, _, _, _), .synced(let id), .log(let id, _),
            .health(let id, _), .pong(let id), .end(let id):
            id
        }
    }
}

/// The values of `type`.
enum ReplyType: String {
    case hello, ready, ack, error, result, status, synced, log, health, pong, end
}
