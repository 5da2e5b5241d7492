import Testing

@testable import Wire

@Suite struct StrangerTests {
    @Test func aStrangerSendsShortLinesOneAtATime() async throws {
        let trusted = Gate()
        var limits = LineLimits()
        limits.maxUntrustedLineBytes = 100
        try await withServer(limits: limits) { connection in
            do {
                guard let first = await connection.nextBatch() else { return }
                try await connection.sendText("\(first.count) line\n")
                await trusted.pass()
                connection.trust()
                while let lines = await connection.nextBatch() {
                    for line in lines {
                        try await connection.sendText("\(line.byteCount) bytes\n")
                    }
                }
            } catch {
                return
            }
        } _: { _, port in
            let peer = try RawSocket.connect(port: port)
            // Long lines leave together with the token, as from a pipe: they are judged when it is their turn.
            // As much as the kernel's buffers hold, so that all of it leaves before the peer is trusted.
            let lines = ["token", String(repeating: "x", count: 500), String(repeating: "x", count: 100_000)]
            try await peer.write(lines.joined(separator: "\n") + "\n")
            #expect(try await peer.readLine() == "1 line")
            trusted.open()
            #expect(try await peer.readLine() == "500 bytes")
            #expect(try await peer.readLine() == "100000 bytes")
        }
    }

    @Test func aStrangersLongLineIsAFault() async throws {
        try await withServer { connection in
            guard case .fault(let fault)? = await connection.nextBatch()?.first else { return }
            do {
                try await connection.send([.error(fault)])
            } catch {
                return
            }
        } _: { _, port in
            let peer = try RawSocket.connect(port: port)
            try await peer.writeLine(String(repeating: "x", count: 16_385))
            #expect(
                try await peer.readAll() == #"{"type":"error","line":1,"code":413,"reason":"TooLarge","#
                    + #""message":"line 1 is longer than 16384 bytes; it was skipped"}"# + "\n")
        }
    }
}
