import NodeKit
import Testing

@testable import Wire

/// Takes the connection, and reads nothing until the gate opens; then counts what comes.
private struct SleepySession {
    let connection = Handover<LineConnection>()
    let wake = Gate()
    let seen = Handover<[Int]>()

    @Sendable func run(_ connection: LineConnection) async {
        connection.trust()
        self.connection.leave(connection)
        await wake.pass()
        var numbers: [Int] = []
        while let lines = await connection.nextBatch(limit: 100) {
            if lines.count > 100 { return }
            for case .line(let number, _) in lines { numbers.append(number) }
        }
        seen.leave(numbers)
    }
}

/// `count` lines of `size` bytes each, their ends included.
private func lines(_ count: Int, ofBytes size: Int) -> [UInt8] {
    Array(String(repeating: String(repeating: "x", count: size - 1) + "\n", count: count).utf8)
}

/// More than the kernel takes for a peer that does not read.
private let flood = String(repeating: "x", count: 20_000_000) + "\n"

@Suite struct BackPressureTests {
    @Test func aPeerIsNotReadWhileItsLinesWait() async throws {
        var limits = LineLimits()
        limits.maxWaitingLines = 500
        limits.receiveBufferBytes = 65_536
        let session = SleepySession()
        try await withServer(limits: limits, session: session.run) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await session.connection.take()
            var rest = lines(20_000, ofBytes: 1000)[...]
            try await eventually("the server stops reading") {
                let count = try peer.writeSome(rest)
                rest = rest.dropFirst(count)
                return count == 0 ? await connection.held().lines == 500 : false
            }
            // 20 MB were offered; what the server holds is the bound and at most one chunk of 64 KiB.
            let held = await connection.held()
            #expect(held.lines == 500)
            #expect(held.bytes <= 500 * 999 + 65_536)
            #expect(rest.count > 10_000_000)

            // What is taken makes room, and that is filled while the session works on what it took.
            #expect(await connection.nextBatch(limit: 400)?.count == 400)
            try await eventually("the room is filled") { await connection.held().lines == 500 }

            session.wake.open()
            try await peer.write(Array(rest))
            peer.finishSending()
            #expect(try await session.seen.take() == Array(401...20_000))
        }
    }

    @Test func bytesAreBoundedToo() async throws {
        var limits = LineLimits()
        limits.maxLineBytes = 1_000_000
        limits.maxWaitingBytes = 3_000_000
        limits.receiveBufferBytes = 65_536
        let session = SleepySession()
        try await withServer(limits: limits, session: session.run) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await session.connection.take()
            var rest = lines(30, ofBytes: 900_001)[...]
            try await eventually("the server stops reading") {
                let count = try peer.writeSome(rest)
                rest = rest.dropFirst(count)
                return count == 0 ? await connection.held().lines == 4 : false
            }
            let held = await connection.held()
            #expect(held.bytes >= 3_600_000)
            #expect(held.bytes <= 3_600_000 + 65_536)
            session.wake.open()
            try await peer.write(Array(rest))
            peer.finishSending()
            #expect(try await session.seen.take() == Array(1...30))
        }
    }

    @Test func atAPeersEndOnlyTheKernelsBufferComesOnTop() async throws {
        // NIO reads to the end at once when it learns of it, back-pressure or not.
        var limits = LineLimits()
        limits.maxWaitingLines = 10
        let session = SleepySession()
        try await withServer(limits: limits, session: session.run) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await session.connection.take()
            try await peer.write(lines(10, ofBytes: 1000))
            try await eventually("ten lines wait") { await connection.held().lines == 10 }
            try await peer.write(lines(40, ofBytes: 1000))
            #expect(await connection.held() == InputQueue.Held(lines: 10, bytes: 10 * 999))
            peer.finishSending()
            try await eventually("the rest is read") { await connection.held().bytes == 10 * 999 + 40 * 1000 }
            #expect(await connection.held().lines == 10)
            session.wake.open()
            #expect(try await session.seen.take() == Array(1...50))
        }
    }

    @Test func aSlowReaderSlowsOnlyItsOwnSession() async throws {
        try await withServer { connection in
            connection.trust()
            while let lines = await connection.nextBatch(limit: 1) {
                let size = lines.first?.byteCount ?? 0
                do {
                    try await connection.sendText(size == 2 ? flood : "pong\n")
                } catch {
                    return
                }
            }
        } _: { _, port in
            let slow = try RawSocket.connect(port: port)
            try await slow.writeLine("{}")
            let start = try await slow.receive(atLeast: 1)
            for _ in 0..<50 {
                let quick = try RawSocket.connect(port: port)
                try await quick.writeLine("ping")
                #expect(try await quick.readLine() == "pong")
            }
            slow.finishSending()
            #expect(try await slow.readAll().utf8.count == flood.utf8.count - start)
        }
    }

    @Test func aPeerThatReadsNothingIsClosedAtTheDeadline() async throws {
        let clock = ManualClock()
        let outcome = Handover<WireError.Code>()
        try await withServer(clock: clock) { connection in
            do throws(WireError) {
                try await connection.sendText(flood)
            } catch {
                await connection.waitUntilClosed()
                outcome.leave(error.code)
            }
        } _: { _, port in
            let peer = try RawSocket.connect(port: port, receiveBuffer: 65_536)
            try await eventually("the session waits for the reader") { clock.sleepers(until: .seconds(60)) == 1 }
            // Half of the time, then it reads: the time starts anew.
            clock.advance(by: .seconds(30))
            _ = try await peer.receive(atLeast: 1_000_000)
            clock.advance(by: .seconds(30))
            try await eventually("the session goes on waiting") { clock.sleepers(until: .seconds(120)) == 1 }
            try await eventually("the kernel takes no more") {
                clock.advance(by: .seconds(60))
                return outcome.isLeft
            }
            #expect(try await outcome.take() == .writeStalled)
            // What the kernel had taken may still come; then the connection is over, not the reply.
            await #expect(throws: (any Error).self) {
                let rest = try await peer.readAll()
                if rest.utf8.count < flood.utf8.count - 1_000_000 {
                    throw NeverHappened(description: "the whole reply")
                }
            }
        }
    }

    @Test func cancellingTheWriterFreesIt() async throws {
        let cancelled = Handover<WireError.Code>()
        try await withServer { connection in
            let sending = Task { try await connection.sendText(flood) }
            _ = await connection.nextBatch()
            sending.cancel()
            do {
                try await sending.value
            } catch let error as WireError {
                cancelled.leave(error.code)
            } catch {
                Issue.record(error)
            }
            connection.abort()
        } _: { _, port in
            let peer = try RawSocket.connect(port: port)
            #expect(try await peer.receive(atLeast: 1) >= 1)
            try await peer.writeLine("{}")
            #expect(try await cancelled.take() == .cancelled)
        }
    }
}
