/// The byte path: read from one leg, write to the other. Per byte there are the system calls and a warm buffer, nothing else.
/// Splicing of bulk transfers belongs in `pump`, beside read and write.
extension Worker {
    /// Bytes one direction may read before other connections have their turn. Bounds what a bulk transfer adds to the latency
    /// of its neighbours to some tens of microseconds.
    private static let bytesPerTurn = 4 * RelayBuffer.capacity

    /// Takes in an event of one leg and does what has become possible.
    mutating func relay(
        _ connection: UnsafeMutablePointer<Connection>, _ readiness: Readiness, of side: Relay.Side
    ) {
        connection.pointee.relay.note(readiness, of: side)
        advance(connection)
    }

    /// Moves what can be moved, both ways, then ends the connection or leaves it to the next event.
    mutating func advance(_ connection: UnsafeMutablePointer<Connection>) {
        pump(connection, from: .client)
        pump(connection, from: .backend)
        switch connection.pointee.relay.outcome {
        case .finished: end(connection, reset: false)
        case .reset:
            connection.pointee.tally.pointee.resets.bump()
            totals.pointee.resets.bump()
            end(connection, reset: true)
        case .relaying:
            if connection.pointee.relay.isHalfClosed {
                timers.arm(connection.pointee.slot, queue: context.halfClosedQueue, now: now)
            }
            let isDone =
                connection.pointee.relay.step(from: .client) == .rest
                && connection.pointee.relay.step(from: .backend) == .rest
            if !isDone, !connection.pointee.isQueued {
                connection.pointee.isQueued = true
                queue.append(Token(client: connection.pointee.slot, generation: connection.pointee.generation))
            }
        }
    }

    /// Moves one direction as far as its turn allows.
    private mutating func pump(_ connection: UnsafeMutablePointer<Connection>, from side: Relay.Side) {
        let source = connection.pointee.descriptor(of: side)
        let sink = connection.pointee.descriptor(of: side.other)
        var moved = 0
        while true {
            switch connection.pointee.relay.step(from: side) {
            case .read:
                guard moved < Self.bytesPerTurn else { return count(moved, connection, from: side) }
                moved += read(connection, source, sink, from: side)
            case .write:
                guard let buffer = connection.pointee.relay[from: side].buffer else { return }
                let sent = SocketCalls.send(sink, from: buffer.base + Int(buffer.start), count: buffer.count)
                if let empty = connection.pointee.relay.didWrite(sent, from: side) { buffers.giveBack(empty) }
            case .endWriting:
                if connection.pointee.relay.mustShowEnd(from: side) { SocketCalls.endWriting(sink) }
                connection.pointee.relay.didEnd(from: side)
            case .rest: return count(moved, connection, from: side)
            }
        }
    }

    /// Reads once; the number of bytes that came.
    @inline(__always)
    private mutating func read(
        _ connection: UnsafeMutablePointer<Connection>, _ source: Int32, _ sink: Int32, from side: Relay.Side
    ) -> Int {
        guard let buffer = buffers.take() else {
            // No memory: this connection cannot go on, the others may.
            connection.pointee.relay.didLoseMemory(from: side)
            return 0
        }
        guard buffers.isWithinBound else {
            defer { buffers.giveBack(buffer) }
            return passOn(connection, source, sink, via: buffer, from: side)
        }
        let result = SocketCalls.receive(source, into: buffer.base, capacity: RelayBuffer.capacity)
        if !connection.pointee.relay.didRead(result, into: buffer, from: side) { buffers.giveBack(buffer) }
        if case .bytes(let count) = result { return count }
        return 0
    }

    /// Moves one piece without keeping anything of it, because the worker's memory for slow readers is used up: what cannot be
    /// written now stays in the source's socket, whose peer the kernel then slows down. Costs one system call more than reading
    /// and writing. The number of bytes moved.
    private mutating func passOn(
        _ connection: UnsafeMutablePointer<Connection>, _ source: Int32, _ sink: Int32, via buffer: RelayBuffer,
        from side: Relay.Side
    ) -> Int {
        let found = SocketCalls.peek(source, into: buffer.base, capacity: RelayBuffer.capacity)
        guard case .bytes(let count) = found else {
            // Nothing there, the end, or a failure: the same as if it had been read.
            _ = connection.pointee.relay.didRead(found, into: buffer, from: side)
            return 0
        }
        let sent = SocketCalls.send(sink, from: buffer.base, count: count)
        connection.pointee.relay.didPass(sent, of: count, from: side)
        guard case .bytes(let passed) = sent else { return 0 }
        if !SocketCalls.drop(source, count: passed) {
            _ = connection.pointee.relay.didRead(.failed, into: buffer, from: side)
        }
        return passed
    }

    @inline(__always)
    private func count(_ bytes: Int, _ connection: UnsafeMutablePointer<Connection>, from side: Relay.Side) {
        guard bytes > 0 else { return }
        let tally = connection.pointee.tally
        if side == .client {
            tally.pointee.bytesFromClients.bump(by: UInt64(bytes))
            totals.pointee.bytesFromClients.bump(by: UInt64(bytes))
        } else {
            tally.pointee.bytesFromBackends.bump(by: UInt64(bytes))
            totals.pointee.bytesFromBackends.bump(by: UInt64(bytes))
        }
    }

    /// Nothing has passed for too long through a connection of which one direction is over.
    mutating func halfClosedTooLong(_ connection: UnsafeMutablePointer<Connection>) {
        connection.pointee.tally.pointee.expired.bump()
        totals.pointee.expired.bump()
        end(connection, reset: true)
    }
}
