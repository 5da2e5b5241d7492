import NodeKit
import Testing

@testable import Wire

/// Greets and then waits for the peer's end.
@Sendable private func greet(_ connection: LineConnection) async {
    do {
        try await connection.send([.hello(Hello(auth: []))])
    } catch {
        return
    }
    while await connection.nextBatch() != nil {}
}

private let hello = #"{"type":"hello","protocol":1,"auth":[]}"#

@Suite struct LineServerTests {
    @Test func linesComeInOrderWithTheirNumbers() async throws {
        try await withServer(session: describeLines) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.write("{}\n\n[1]\r\nlast")
            peer.finishSending()
            #expect(try await peer.readAll() == "line 1: 2 bytes\nline 3: 3 bytes\nline 4: 4 bytes\n")
        }
    }

    @Test func dripFedLinesAreTheSame() async throws {
        try await withServer(session: describeLines) { _, port in
            let peer = try RawSocket.connect(port: port)
            for byte in "{}\n\n[1]\r\nlast".utf8 {
                try await peer.write([byte])
            }
            peer.finishSending()
            #expect(try await peer.readAll() == "line 1: 2 bytes\nline 3: 3 bytes\nline 4: 4 bytes\n")
        }
    }

    @Test func aTooLongLineIsAFaultAndTheNextOneCounts() async throws {
        var limits = LineLimits()
        limits.maxLineBytes = 100_000
        try await withServer(limits: limits, session: describeLines) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.writeLine("{}")
            #expect(try await peer.readLine() == "line 1: 2 bytes")
            try await peer.writeLine(String(repeating: "x", count: 100_000))
            #expect(try await peer.readLine() == "line 2: 100000 bytes")
            try await peer.writeLine(String(repeating: "x", count: 3_000_000))
            try await peer.writeLine("{}")
            #expect(
                try await peer.readLine() == #"{"type":"error","line":3,"code":413,"reason":"TooLarge","#
                    + #""message":"line 3 is longer than 100000 bytes; it was skipped"}"#)
            #expect(try await peer.readLine() == "line 4: 2 bytes")
        }
    }

    @Test func whatIsNotUTF8IsAFaultAndTheNextOneCounts() async throws {
        try await withServer(session: describeLines) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.write([0xFF, 0xFE, 10] + Array("{}\n".utf8))
            let answer = try #require(try await peer.readLine())
            #expect(answer.contains(#""line":1,"code":400,"reason":"BadRequest""#))
            #expect(try await peer.readLine() == "line 2: 2 bytes")
        }
    }

    @Test func whoSpeaksHTTPIsToldAndClosed() async throws {
        try await withServer(session: describeLines) { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.write("POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            #expect(try await peer.readAll() == HTTPRefusal.response(elsewhere: "HTTP is elsewhere."))
        }
    }

    @Test func oneMoreThanTheMostConnectionsIsRefusedInALine() async throws {
        var limits = LineLimits()
        limits.maxConnections = 2
        try await withServer(limits: limits, session: greet) { server, port in
            let first = try RawSocket.connect(port: port)
            let second = try RawSocket.connect(port: port)
            #expect(try await first.readLine() == hello)
            #expect(try await second.readLine() == hello)
            let third = try RawSocket.connect(port: port)
            #expect(
                try await third.readAll() == #"{"type":"error","code":429,"reason":"TooManyRequests","#
                    + #""message":"2 connections are open, which is the most; try again later"}"# + "\n")
            #expect(server.counters == LineServer.Counters(accepted: 2, refused: 1, acceptFailures: 0))

            // A place that becomes free is given to the next one.
            first.close()
            try await eventually("a place is free") {
                try await RawSocket.connect(port: port).readLine() == hello
            }
            // The one that has its place keeps it.
            try await second.writeLine("x")
        }
    }

    @Test func eachListenerHasItsOwnPlaces() async throws {
        var limits = LineLimits()
        limits.maxConnections = 1
        let folder = try TestFolder()
        try await withServer(limits: limits, session: greet) { server, port in
            let path = folder.path + "/agent.sock"
            try await server.bind(unixPath: path)
            let flood = try RawSocket.connect(port: port)
            #expect(try await flood.readLine() == hello)
            let local = try RawSocket.connect(path: path)
            #expect(try await local.readLine() == hello)
        }
    }

    @Test func aPortThatIsTakenIsReported() async throws {
        let (listener, port) = try RawSocket.listen()
        let server = LineServer()
        let error = await #expect(throws: WireError.self) { try await server.bind(host: "127.0.0.1", port: port) }
        #expect(error?.code == .addressInUse)
        #expect(error?.message == "cannot listen on 127.0.0.1:\(port)")
        listener.close()
        await server.shutdown()
    }

    @Test func anAddressThatIsNotOursIsReported() async throws {
        let server = LineServer()
        let error = await #expect(throws: WireError.self) { try await server.bind(host: "192.0.2.1", port: 0) }
        #expect(error?.code == .addressInvalid)
        await server.shutdown()
    }

    @Test func aPortCanBeTakenAgainAtOnce() async throws {
        // The server closes first here, so its side of the connection lingers in TIME_WAIT (SO_REUSEADDR).
        let port = try await withServer { _ in
        } _: { _, port in
            let peer = try RawSocket.connect(port: port)
            #expect(try await peer.readLine() == nil)
            return port
        }
        let server = LineServer()
        #expect(try await server.bind(host: "127.0.0.1", port: port).port == port)
        await server.shutdown()
    }

    @Test func aListeningSocketOfSomebodyElseIsTakenOver() async throws {
        let (listener, port) = try RawSocket.listen()
        // Waits in the queue while nobody accepts, as a client does during a restart.
        let early = try RawSocket.connect(port: port)
        let server = LineServer()
        let address = try await server.bind(descriptor: listener.release())
        #expect(address == .tcp(address: "127.0.0.1", port: port))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(greet) }
            #expect(try await early.readLine() == hello)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func aListeningSocketOfTheFileSystemIsTakenOver() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/handed.sock"
        let listener = try RawSocket.listen(path: path)
        let server = LineServer()
        #expect(try await server.bind(descriptor: listener.release()) == .unix(path: path))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(greet) }
            #expect(try await RawSocket.connect(path: path).readLine() == hello)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func whatIsNoSocketIsNotTakenOver() async throws {
        let server = LineServer()
        let folder = try TestFolder()
        let error = try await #require(throws: WireError.self) {
            try await server.bind(descriptor: try folder.openFile("plain"))
        }
        #expect(error.code == .addressInvalid)
        await server.shutdown()
    }

    @Test func theEndOfTheTaskEndsSessionsAndListeners() async throws {
        let server = LineServer()
        let port = try #require(try await server.bind(host: "127.0.0.1", port: 0).port)
        let run = Task { try await server.run(greet) }
        let peer = try RawSocket.connect(port: port)
        #expect(try await peer.readLine() == hello)
        run.cancel()
        try await run.value
        #expect(try await peer.readLine() == nil)
        #expect(throws: RawSocket.Failure.self) { try RawSocket.connect(port: port) }
    }

    @Test func aListenerThatEndsByItselfIsReported() async throws {
        let server = LineServer()
        let (listener, port) = try RawSocket.listen()
        let address = try await server.bind(descriptor: listener.descriptor)
        #expect(address.port == port)
        let run = Task { try await server.run(greet) }
        // Shut down behind the server's back: accept(2) fails from now on.
        listener.finishReceiving()
        let error = await #expect(throws: WireError.self) { try await run.value }
        #expect(error?.code == .listenerLost)
        _ = listener.release()
    }
}
