import Testing

@testable import Wire

/// Feeds `pieces` one after the other and ends the stream.
private func decode(_ pieces: [ArraySlice<UInt8>], maxLineBytes: Int = 16, finish: Bool = true) -> [DecodedLine] {
    var decoder = LineDecoder(maxLineBytes: maxLineBytes)
    var lines: [DecodedLine] = []
    for piece in pieces {
        let bytes = Array(piece)
        var offset = 0
        while let line = decoder.next(in: bytes.span, from: &offset) {
            lines.append(line)
        }
        #expect(offset == bytes.count)
    }
    if finish, let last = decoder.finish() { lines.append(last) }
    return lines
}

private func decode(_ text: String, maxLineBytes: Int = 16, finish: Bool = true) -> [DecodedLine] {
    decode([Array(text.utf8)[...]], maxLineBytes: maxLineBytes, finish: finish)
}

private func line(_ number: Int, _ text: String) -> DecodedLine {
    .line(number: number, bytes: Array(text.utf8))
}

private func tooLong(_ number: Int, _ bound: Int = 16) -> DecodedLine {
    .fault(WireFault(.tooLarge, "line \(number) is longer than \(bound) bytes; it was skipped", line: number))
}

@Suite struct LineDecoderTests {
    @Test(
        arguments: [
            ("", []),
            ("\n", []),
            ("{}\n", [line(1, "{}")]),
            ("{}\r\n", [line(1, "{}")]),
            ("\r\n\n{}\n\n[]\n", [line(3, "{}"), line(5, "[]")]),
            ("a\rb\r\r\n", [line(1, "a\rb\r")]),
            ("{}", [line(1, "{}")]),
            ("{}\n{", [line(1, "{}"), line(2, "{")]),
            ("é\u{1F600}\n", [line(1, "é\u{1F600}")]),
            // Exactly the bound, and one more.
            ("0123456789abcdef\n", [line(1, "0123456789abcdef")]),
            ("0123456789abcdefg\n", [tooLong(1)]),
            ("0123456789abcdef\r\nx\n", [tooLong(1), line(2, "x")]),
            ("0123456789abcdefghijklmnopqrstuvwxyz0123456789\n{}\n", [tooLong(1), line(2, "{}")]),
            ("x\n0123456789abcdefg", [line(1, "x"), tooLong(2)]),
            ("0123456789abcdefg\n0123456789abcdefg\nx\n", [tooLong(1), tooLong(2), line(3, "x")]),
        ] as [(String, [DecodedLine])])
    func splits(_ text: String, _ expected: [DecodedLine]) {
        #expect(decode(text) == expected)
    }

    @Test func theEndWithoutANewlineCountsOnlyWhenTheStreamEndsInOrder() {
        #expect(decode("{}", finish: false) == [])
        #expect(decode("{}", finish: true) == [line(1, "{}")])
    }

    @Test func whatIsNotUTF8IsOneFault() throws {
        let lines = decode([([UInt8(ascii: "a"), 0xC3, 0x28, 10] + Array("{}\n".utf8))[...]])
        guard case .fault(let fault) = try #require(lines.first) else {
            Issue.record("not a fault: \(lines)")
            return
        }
        #expect(fault.reason == .badRequest)
        #expect(fault.line == 1)
        #expect(fault.message.hasPrefix("line 1 is not UTF-8"))
        #expect(lines.dropFirst() == [line(2, "{}")])
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n", "POST /x\n", "PRI * HTTP/2.0\r\n", "\r\nHEAD / HTTP/1.0\n"])
    func aFirstLineOfHTTPEndsEverything(_ first: String) {
        #expect(decode(first + "Host: a\r\n\r\n{}\n", maxLineBytes: 64) == [.http])
    }

    @Test(arguments: ["GETTY x\n", "get / \n", "{\"op\":\"GET \"}\n", "GET\n"])
    func othersAreNotHTTP(_ first: String) {
        #expect(decode(first, maxLineBytes: 64) == [line(1, String(first.dropLast()))])
    }

    @Test func aLaterLineOfHTTPIsALine() {
        #expect(decode("{}\nGET / HTTP\n") == [line(1, "{}"), line(2, "GET / HTTP")])
        #expect(decode("0123456789abcdefg\nGET /\n") == [tooLong(1), line(2, "GET /")])
    }

    private static let sample = "\r\n{\"a\":1}\n\n0123456789abcdefg\r\n{}\r\nü\r\r\n0123456789abcdef\nGET /\nx"

    @Test func oneByteAtATimeIsTheSame() {
        let bytes = Array(Self.sample.utf8)
        #expect(decode(bytes.indices.map { bytes[$0...$0] }) == decode(Self.sample))
        #expect(decode(Self.sample).count == 7)
    }

    @Test func everySplitIsTheSame() {
        let bytes = Array(Self.sample.utf8)
        let whole = decode(Self.sample)
        for first in bytes.indices {
            for second in first...bytes.count {
                #expect(decode([bytes[..<first], bytes[first..<second], bytes[second...]]) == whole)
            }
        }
    }

    @Test func everySplitOfHTTPIsTheSame() {
        let bytes = Array("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        for cut in bytes.indices {
            #expect(decode([bytes[..<cut], bytes[cut...]], maxLineBytes: 64) == [.http])
        }
    }

    @Test func aTooLongLineIsNotKept() {
        var decoder = LineDecoder(maxLineBytes: 1000)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 300)
        var held: [Int] = []
        for _ in 0..<6 {
            var offset = 0
            _ = decoder.next(in: chunk.span, from: &offset)
            held.append(decoder.partialBytes)
        }
        #expect(held == [300, 600, 900, 0, 0, 0])
    }

    @Test func nothingIsReservedBeyondTheBound() {
        var decoder = LineDecoder(maxLineBytes: 100_000)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
        for _ in 0..<100 {
            var offset = 0
            #expect(decoder.next(in: chunk.span, from: &offset) == nil)
        }
        #expect(decoder.partialBytes == 100_000)
        // The allocator rounds up to its size classes.
        #expect(decoder.reservedBytes < 110_000)
    }

    @Test func aCallerWithoutRoomComesBack() {
        var decoder = LineDecoder()
        let bytes = Array("a\nb\nc".utf8)
        var offset = 0
        #expect(decoder.next(in: bytes.span, from: &offset) == line(1, "a"))
        #expect(offset == 2)
        #expect(decoder.next(in: bytes.span, from: &offset) == line(2, "b"))
        #expect(offset == 4)
        #expect(decoder.next(in: bytes.span, from: &offset) == nil)
        #expect(decoder.partialBytes == 1)
    }
}

@Suite struct HTTPRefusalTests {
    @Test func theResponseIsOneLineOfWords() {
        #expect(
            HTTPRefusal.response(elsewhere: "This agent serves no HTTP.") == """
                HTTP/1.1 400 Bad Request\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: 101\r
                Connection: close\r
                \r
                This port speaks the Minion protocol: one JSON object per line, not HTTP. This agent serves no HTTP.

                """)
    }
}
