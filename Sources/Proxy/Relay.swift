/// What a relayed connection may do next. Pure: the pump makes the calls it names and tells it how they ended.
///
/// Each direction is `open` until its source ends or fails, `ending` while bytes it had sent are still to be written, then
/// `ended`. Half-close: the end of one direction is passed on (`Step.endWriting`) once everything before it is written, and
/// the other direction lives on. Reset: a leg that failed ends both. What it had sent before is delivered as far as the other
/// leg takes it at once (a server that answers "too large" and closes is heard), then the other leg is reset and never ended
/// in order, so that a cut answer does not look whole.
struct Relay {
    enum Side {
        case client, backend

        @inline(__always)
        var other: Side { self == .client ? .backend : .client }
    }

    enum Stage: UInt8 {
        case open, ending, ended
    }

    /// What is known of one socket. Events are edges, so a flag stays until a call shows that it holds no more.
    struct Leg {
        var isReadable = false
        var isWritable = true
        /// More than data has been announced (an end, a reset, an urgent mark): a short read does not mean that all is read.
        var readUntilEmpty = false
        /// Reset, timed out or otherwise lost.
        var hasFailed = false
    }

    /// One direction: what was read from `source` and goes to the other side.
    struct Flow {
        var stage = Stage.open
        /// There was no room to read ahead, and the other leg is full: nothing is read until it can be written.
        var waitsForRoom = false
        var buffer: RelayBuffer?
    }

    enum Step: Equatable {
        case read
        case write
        case endWriting
        /// Nothing until the next event.
        case rest
    }

    enum Outcome: Equatable {
        case relaying
        /// Both directions ended in order.
        case finished
        /// A leg failed, and nothing more can be delivered at once: reset both.
        case reset
    }

    private(set) var clientLeg = Leg()
    private(set) var backendLeg = Leg()
    var fromClient = Flow()
    var fromBackend = Flow()

    subscript(leg side: Side) -> Leg {
        @inline(__always) get { side == .client ? clientLeg : backendLeg }
        @inline(__always) _modify {
            if side == .client { yield &clientLeg } else { yield &backendLeg }
        }
    }

    /// The direction whose source is `side`.
    subscript(from side: Side) -> Flow {
        @inline(__always) get { side == .client ? fromClient : fromBackend }
        @inline(__always) _modify {
            if side == .client { yield &fromClient } else { yield &fromBackend }
        }
    }

    var outcome: Outcome {
        if clientLeg.hasFailed || backendLeg.hasFailed {
            return step(from: .client) == .rest && step(from: .backend) == .rest ? .reset : .relaying
        }
        return fromClient.stage == .ended && fromBackend.stage == .ended ? .finished : .relaying
    }

    /// One direction is over or about to be: the idle limit applies.
    var isHalfClosed: Bool { fromClient.stage != .open || fromBackend.stage != .open }

    /// Takes in what the kernel says of a leg.
    mutating func note(_ readiness: Readiness, of side: Side) {
        let over: Readiness = [.inputEnd, .hangUp, .failure]
        if !readiness.isDisjoint(with: over.union(.input)) { self[leg: side].isReadable = true }
        if !readiness.isDisjoint(with: over.union(.urgent)) { self[leg: side].readUntilEmpty = true }
        if !readiness.isDisjoint(with: [.output, .hangUp, .failure]) { self[leg: side].isWritable = true }
        if readiness.contains(.failure) { lose(side) }
    }

    /// What the direction from `side` does next.
    @inline(__always)
    func step(from side: Side) -> Step {
        let flow = self[from: side]
        if flow.buffer != nil { return flow.stage != .ended && self[leg: side.other].isWritable ? .write : .rest }
        switch flow.stage {
        case .open:
            let mayRead = !flow.waitsForRoom || self[leg: side.other].isWritable
            return self[leg: side].isReadable && mayRead ? .read : .rest
        case .ending: return .endWriting
        case .ended: return .rest
        }
    }

    /// A read from `side` into `buffer` ended as `result`; the direction keeps the buffer if there is something in it.
    /// Returns `true` then.
    @inline(__always)
    mutating func didRead(_ result: SocketCalls.Transfer, into buffer: RelayBuffer, from side: Side) -> Bool {
        switch result {
        case .bytes(let count):
            // Less than was asked for: the socket was empty then, and what comes later is a new edge (epoll(7)).
            if count < RelayBuffer.capacity, !self[leg: side].readUntilEmpty { self[leg: side].isReadable = false }
            var buffer = buffer
            buffer.end = UInt32(count)
            self[from: side].buffer = buffer
            return true
        case .wouldBlock:
            self[leg: side].isReadable = false
            self[leg: side].readUntilEmpty = false
        case .ended:
            self[from: side].stage = .ending
        case .failed:
            lose(side)
            self[from: side].stage = .ending
        }
        return false
    }

    /// `count` bytes that were looked at in the socket of `side` were offered to the other leg, with this result; what it took
    /// is taken out of the socket, the rest stays there.
    mutating func didPass(_ result: SocketCalls.Transfer, of count: Int, from side: Side) {
        let written: Int
        switch result {
        case .bytes(let some): written = some
        case .wouldBlock: written = 0
        case .ended, .failed: return lose(side.other)
        }
        self[from: side].waitsForRoom = written < count
        if written < count {
            self[leg: side.other].isWritable = false
        } else if count < RelayBuffer.capacity, !self[leg: side].readUntilEmpty {
            // As after a short read: the socket was empty then.
            self[leg: side].isReadable = false
        }
    }

    /// There was no buffer to read into.
    mutating func didLoseMemory(from side: Side) {
        lose(side)
        self[from: side].stage = .ending
    }

    /// A write of what the direction from `side` holds ended as `result`. Returns the buffer when it is empty.
    @inline(__always)
    mutating func didWrite(_ result: SocketCalls.Transfer, from side: Side) -> RelayBuffer? {
        switch result {
        case .bytes(let count):
            guard var buffer = self[from: side].buffer else { return nil }
            buffer.start += UInt32(count)
            guard buffer.count > 0 else {
                self[from: side].buffer = nil
                return buffer
            }
            self[from: side].buffer = buffer
            // A short write: the socket is full, and the kernel will tell when there is room.
            self[leg: side.other].isWritable = false
        case .wouldBlock:
            self[leg: side.other].isWritable = false
        case .ended, .failed:
            lose(side.other)
        }
        return nil
    }

    /// The end of the direction from `side` has been passed on, or need not be.
    mutating func didEnd(from side: Side) {
        self[from: side].stage = .ended
    }

    /// Whether the end of the direction from `side` is to be shown to the other side now: not after a failure, which will be
    /// shown as a reset, and not when the other direction is over too, because closing both says the same.
    func mustShowEnd(from side: Side) -> Bool {
        !clientLeg.hasFailed && !backendLeg.hasFailed && self[from: side.other].stage != .ended
    }

    /// The leg of `side` is lost: nothing can be written to it. What it had sent can still be read, until a read says so too.
    private mutating func lose(_ side: Side) {
        self[leg: side].hasFailed = true
        self[leg: side].isReadable = true
        self[leg: side].readUntilEmpty = true
        self[from: side.other].stage = .ended
    }
}
