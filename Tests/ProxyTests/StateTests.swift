import Glibc
import Testing

@testable import Proxy

@Suite struct TimersTests {
    @Test func runOutInTheOrderOfTheirDeadlines() {
        var timers = Timers(durations: [100, 10])
        #expect(timers.next == nil)
        timers.arm(0, queue: 0, now: 0)
        timers.arm(1, queue: 1, now: 5)
        timers.arm(2, queue: 1, now: 6)
        #expect(timers.next == 15)
        #expect(timers.popExpired(now: 14) == nil)
        #expect(timers.popExpired(now: 16) == 1)
        #expect(timers.popExpired(now: 16) == 2)
        #expect(timers.popExpired(now: 16) == nil)
        #expect(timers.next == 100)
        #expect(timers.popExpired(now: 1000) == 0)
        #expect(timers.next == nil)
    }

    @Test func renewingMovesToTheEnd() {
        var timers = Timers(durations: [10])
        for slot in 0..<3 { timers.arm(UInt32(slot), queue: 0, now: 0) }
        timers.arm(0, queue: 0, now: 5)
        #expect(timers.popExpired(now: 10) == 1)
        #expect(timers.popExpired(now: 10) == 2)
        #expect(timers.popExpired(now: 14) == nil)
        #expect(timers.popExpired(now: 15) == 0)
    }

    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3], [2, 2, 1, 0]])
    func cancelledOnesNeverRunOut(_ order: [UInt32]) {
        var timers = Timers(durations: [10])
        for slot in 0..<UInt32(4) { timers.arm(slot, queue: 0, now: 0) }
        var armed: Set<UInt32> = [0, 1, 2, 3]
        for slot in order {
            timers.cancel(slot)
            armed.remove(slot)
            var copy = timers
            var left: Set<UInt32> = []
            while let expired = copy.popExpired(now: 10) { left.insert(expired) }
            #expect(left == armed)
        }
    }

    @Test func cancellingWhatWasNeverArmedDoesNothing() {
        var timers = Timers(durations: [10])
        timers.cancel(7)
        #expect(timers.next == nil)
    }
}

@Suite struct TokenTests {
    @Test func carriesWhatItWasMadeOf() {
        let top = UInt32(Token.maximumSlots - 1)
        let client = Token(client: top, generation: .max)
        #expect((client.kind, client.slot, client.generation) == (.client, top, .max))
        let backend = Token(backend: top, generation: 7, attempt: 8)
        #expect((backend.kind, backend.slot, backend.generation, backend.attempt) == (.backend, top, 7, 8))
        #expect(Token(listener: 12).kind == .listener)
        #expect(Token(listener: 12).listener == 12)
        #expect(Token.wake.kind == .wake)
        #expect(Token(backend: 1, generation: 1, attempt: 1) != Token(backend: 1, generation: 1, attempt: 2))
    }
}

@Suite struct ConnectionTableTests {
    private func listener() throws -> Listener {
        try Listener.open(
            id: 1, port: 0,
            options: ListenerOptions(
                backlog: 1, keepalive: Keepalive(idle: 60, interval: 15, probes: 5),
                descriptors: DescriptorBudget(limit: .max, reserve: 0), workers: 1))
    }

    @Test func anEventOfAConnectionThatEndedFindsNothing() throws {
        var table = ConnectionTable()
        let listener = try listener()
        let dial = Dial(ticket: 0, version: 0)
        let first = table.insert(client: .none, listener: listener, tally: listener.tallies[0], dial: dial)
        let slot = first.pointee.slot
        let stale = first.pointee.generation
        #expect(table.find(slot, generation: stale) == first)
        table.remove(first)
        #expect(table.find(slot, generation: stale) == nil)
        #expect(table.occupant(of: slot) == nil)
        let second = table.insert(client: .none, listener: listener, tally: listener.tallies[0], dial: dial)
        #expect(second.pointee.slot == slot, "the slot is used again")
        #expect(table.find(slot, generation: stale) == nil)
        #expect(table.find(slot, generation: second.pointee.generation) == second)
        #expect(table.count == 1)
    }

    @Test func pointersStayValidWhileItGrows() throws {
        var table = ConnectionTable()
        let listener = try listener()
        var all: [UnsafeMutablePointer<Connection>] = []
        for ticket in 0..<UInt64(1000) {
            all.append(
                table.insert(
                    client: .none, listener: listener, tally: listener.tallies[0],
                    dial: Dial(ticket: ticket, version: 0)))
        }
        #expect(all.enumerated().allSatisfy { $1.pointee.dial.ticket == UInt64($0) })
        #expect(Set(all.map { $0.pointee.slot }).count == 1000)
    }

    @Test func removingClosesTheSockets() throws {
        var table = ConnectionTable()
        let listener = try listener()
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let other = Peer(owning: ends[1])
        let connection = table.insert(
            client: Descriptor(owning: ends[0]), listener: listener, tally: listener.tallies[0],
            dial: Dial(ticket: 0, version: 0))
        table.remove(connection)
        #expect(other.fate() == .ended)
    }

    @Test func anIdleConnectionIsSmall() {
        // docs: memory per idle connection. Sockets in the kernel cost some kilobytes more.
        #expect(MemoryLayout<Connection>.stride <= 160)
    }
}

@Suite struct BufferPoolTests {
    private func take(_ pool: inout BufferPool) throws -> RelayBuffer {
        let buffer = pool.take()
        return try #require(buffer)
    }

    @Test func handsOutTheWarmestAndCounts() throws {
        var pool = BufferPool(bound: 1)
        let first = try take(&pool)
        let second = try take(&pool)
        #expect(first.base != second.base)
        #expect(pool.inUse == 2)
        #expect(pool.isWithinBound == false)
        pool.giveBack(first)
        pool.giveBack(second)
        #expect(pool.inUse == 0)
        #expect(pool.isWithinBound == true)
        let again = [try take(&pool).base, try take(&pool).base]
        #expect(again == [second.base, first.base])
    }

    @Test func keepsABoundedNumber() throws {
        var pool = BufferPool(bound: 1)
        let burst = try (0..<BufferPool.kept + 3).map { _ in try take(&pool) }
        for buffer in burst { pool.giveBack(buffer) }
        let again = Set(try (0..<BufferPool.kept).map { _ in try take(&pool).base })
        #expect(again == Set(burst.prefix(BufferPool.kept).map(\.base)))
    }
}

@Suite struct RollcallTests {
    @Test func isCompleteWhenAllHaveAnswered() async {
        let rollcall = Rollcall(of: 2)
        rollcall.answer()
        rollcall.answer()
        #expect(await rollcall.wait(atMost: .seconds(Peer.patience)))
    }

    @Test func oneMissingAnswerIsNoticed() async {
        let rollcall = Rollcall(of: 2)
        rollcall.answer()
        #expect(await rollcall.wait(atMost: .milliseconds(1)) == false)
        rollcall.answer()
    }
}
