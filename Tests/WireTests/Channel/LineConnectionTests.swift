import NodeKit
import Testing

@testable import Wire

/// Lets the test have the connection, and keeps it open until the test is done with it.
private struct Held {
    let connection = Handover<LineConnection>()
    let done = Gate()

    @Sendable func session(_ connection: LineConnection) async {
        connection.trust()
        self.connection.leave(connection)
        await done.pass()
    }
}

/// A line of so many bytes.
private func line(_ bytes: Int) -> String {
    String(repeating: "x", count: bytes - 1) + "\n"
}

@Suite struct LineConnectionTests {
    @Test func aPeerThatFinishedSendingStillGetsReplies() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.writeLine("{}")
            peer.finishSending()
            let connection = try await held.connection.take()
            #expect(await connection.nextBatch() == [.line(number: 1, bytes: Array("{}".utf8))])
            #expect(await connection.nextBatch() == nil)
            #expect(await connection.nextBatch() == nil)
            try await connection.send([.pong(id: .int(1)), .pong(id: .int(2))])
            #expect(try await peer.readLine() == #"{"type":"pong","id":1}"#)
            // More than the kernel takes at once: it is all delivered before the end.
            let sending = Task { try await connection.sendText(line(20_000_000)) }
            #expect(try await peer.readLine() == #"{"type":"pong","id":2}"#)
            _ = try await peer.receive(atLeast: 1)
            held.done.open()
            #expect(try await peer.readAll().utf8.count > 10_000_000)
            try await sending.value
        }
    }

    @Test(arguments: [1, 2_048, 5_000, 64 * 1_024])
    func aLineMayBeLongerThanWhatIsReadAtOnce(readBytes: Int) async throws {
        let held = Held()
        var limits = LineLimits()
        limits.readBytes = readBytes
        try await withServer(limits: limits, session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.writeLine(String(repeating: "x", count: 200_000))
            try await peer.writeLine("{}")
            peer.finishSending()
            let connection = try await held.connection.take()
            var sizes: [Int] = []
            while let lines = await connection.nextBatch() { sizes += lines.map(\.byteCount) }
            #expect(sizes == [200_000, 2])
            held.done.open()
        }
    }

    @Test func theEndComesAfterEverythingThatWasSent() async throws {
        // The session returns while the peer has not read a byte; it has read to the end of its input before.
        try await withServer { connection in
            while await connection.nextBatch() != nil {}
            do {
                try await connection.sendText(line(100_000))
            } catch {
                Issue.record(error)
            }
        } _: { _, port in
            let peer = try RawSocket.connect(port: port)
            peer.finishSending()
            #expect(try await peer.readAll().utf8.count == 100_000)
        }
    }

    @Test func linesBeforeAResetAreDelivered() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.write("{}\n{}\n{")
            let connection = try await held.connection.take()
            try await eventually("the lines have arrived") { await connection.held().lines == 2 }
            peer.reset()
            await connection.waitUntilClosed()
            #expect(await connection.nextBatch(limit: 1)?.count == 1)
            #expect(await connection.nextBatch()?.count == 1)
            // The cut line is none: a reset is not the end of a text.
            #expect(await connection.nextBatch() == nil)
            let error = await #expect(throws: WireError.self) { try await connection.send([.pong(id: nil)]) }
            #expect(error?.code == .connectionClosed)
            held.done.open()
        }
    }

    @Test func aPeerThatVanishesWhileItIsWrittenToEndsTheWriting() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await held.connection.take()
            let sending = Task { try await connection.sendText(line(20_000_000)) }
            #expect(try await peer.receive(atLeast: 1) >= 1)
            peer.close()
            let error = await #expect(throws: WireError.self) { try await sending.value }
            #expect(error?.code == .connectionClosed)
            await connection.waitUntilClosed()
            #expect(await connection.nextBatch() == nil)
            held.done.open()
        }
    }

    @Test func aPeerThatFinishedSendingAndVanishedIsNoticedByWriting() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await held.connection.take()
            peer.close()
            #expect(await connection.nextBatch() == nil)
            // The first write is answered by a reset, and then the connection is over.
            try await eventually("writing fails") {
                do {
                    try await connection.send([.pong(id: nil)])
                    return false
                } catch {
                    return true
                }
            }
            await connection.waitUntilClosed()
            held.done.open()
        }
    }

    @Test func silentPeersAreAskedWhetherTheyLive() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await held.connection.take()
            // The kernel's timer of our side: 2 is keepalive (proc(5)), due in hundredths of a second.
            let timer = try #require(try tcpTimer(localPort: port))
            #expect(timer.kind == 2)
            #expect((1...Keepalive.idleSeconds * 100).contains(timer.dueIn))
            #expect(connection.peer == .tcp(address: "127.0.0.1", port: try peer.localPort()))
            held.done.open()
        }
    }

    @Test func cancellingTheReaderEndsReading() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await held.connection.take()
            let reading = Task { await connection.nextBatch() }
            try await peer.write("{")
            reading.cancel()
            #expect(await reading.value == nil)
            try await peer.writeLine("}")
            #expect(await connection.nextBatch() == nil)
            // Writing goes on.
            try await connection.send([.pong(id: nil)])
            #expect(try await peer.readLine() == #"{"type":"pong"}"#)
            held.done.open()
        }
    }

    @Test func aPeerThatDoesNotCloseIsNotWaitedForForEver() async throws {
        let clock = ManualClock()
        try await withServer(clock: clock) { connection in
            do {
                try await connection.sendText("bye\n")
            } catch {
                Issue.record(error)
            }
        } _: { server, port in
            let peer = try RawSocket.connect(port: port)
            #expect(try await peer.readLine() == "bye")
            #expect(try await peer.readLine() == nil)
            try await eventually("the close waits for the peer") { clock.sleepers(until: .seconds(2)) == 1 }
            // Not closed yet: what the peer still says is taken, and no reset comes back.
            try await peer.writeLine("and you?")
            #expect(try await peer.readLine() == nil)
            clock.advance(by: .seconds(2))
            try await eventually("the connection is reset") {
                do {
                    try await peer.writeLine("anybody?")
                    return false
                } catch is RawSocket.Failure {
                    return true
                }
            }
        }
    }

    @Test func linesOfManyWritersDoNotMix() async throws {
        let held = Held()
        try await withServer(session: held.session) { _, port in
            let peer = try RawSocket.connect(port: port)
            let connection = try await held.connection.take()
            let sizes = (1...20).map { $0 * 50_000 }
            let sending = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for size in sizes {
                        group.addTask { try await connection.sendText(line(size)) }
                    }
                    try await group.waitForAll()
                }
                held.done.open()
            }
            let received = try await peer.readAll().split(separator: "\n")
            try await sending.value
            #expect(received.map { $0.utf8.count + 1 }.sorted() == sizes)
        }
    }
}
