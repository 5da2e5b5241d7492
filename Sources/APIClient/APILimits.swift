/// How long and how much a client takes of a server.
public struct APILimits: Sendable, Equatable {
    /// To the answer's last byte. A master answers in milliseconds and says 202 after 25; a busy disk takes seconds.
    public var requestDeadline: Duration = .seconds(60)
    /// Bytes of one answer: a list of 30,000 pods has about 30 MiB.
    public var answerLimit = 256 << 20
    /// Bytes of one event of a watch: an object has at most 4 MiB (PROTOCOL "Framing and limits").
    public var eventLimit = 8 << 20
    /// Between two questions after an operation that is not finished (reference §6.2).
    public var pollInterval: Duration = .seconds(2)
    /// How often an operation is asked after, 10 min in all: finished ones are forgotten by then (reference §6.2).
    public var pollCount = 300

    /// The limits above.
    public init() {}
}
