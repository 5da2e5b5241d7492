import ClusterModel
import MasterKit
import NIOCore
import NIOHTTP1
import NodeKit
import Testing

@testable import Master

/// What one client may cost, with bounds a test can wait for.
@Suite struct RESTBoundsTests {
    /// Long enough that a master that is only slow is not taken for one that keeps a bound.
    private static let short: TimeAmount = .milliseconds(300)
    private static let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A master on a store in memory, which no client of its own is connected to.
    private func run(
        _ change: (inout RESTBounds) -> Void, _ body: @Sendable (MasterUnderTest, Int) async throws -> Void
    ) async throws {
        var bounds = RESTBounds()
        change(&bounds)
        let store = MemoryStore()
        try await MasterUnderTest.withClient { [bounds] client in
            try await MasterUnderTest.run([:], on: store, client, bounds: bounds) { master in
                let port = try #require(master.url.split(separator: ":").last.flatMap { Int($0) })
                try await body(master, port)
            }
        }
    }

    @Test func aBodyThatDoesNotComeEndsTheConnection() async throws {
        try await run {
            $0.body = Self.short
        } _: { _, port in
            let client = try RawClient(port: port)
            try client.send("POST /api/v1beta1/services HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            try await client.untilClosed()
            #expect(client.text == "")
        }
    }

    @Test func aConnectionOnWhichNothingIsAskedIsEnded() async throws {
        try await run {
            $0.idle = Self.short
        } _: { _, port in
            let silent = try RawClient(port: port)
            let once = try RawClient(port: port)
            try once.send(Self.health)
            try await silent.untilClosed()
            #expect(silent.text == "")
            try await once.untilClosed()
            #expect(once.text.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func whoDoesNotReadLosesTheConnection() async throws {
        // One connection at a time: the next one is answered when the first has ended.
        let change: (inout RESTBounds) -> Void = { bounds in
            bounds.stall = Self.short
            bounds.connections = 1
        }
        try await run(change) { master, port in
            let large = String(repeating: "x", count: 1_000_000)
            for number in 0..<4 {
                let event = Event(
                    meta: ObjectMeta(name: "e\(number)"), involvedObject: ObjectReference(), message: large)
                let object = APIObject.event(event)
                try await master.parts.store.commit(
                    StoreTransaction(changes: [.put(object.ref.storeKey, object.document)]))
            }
            let stalled = try RawClient(port: port, window: 4_096)
            try stalled.send("GET /api/v1beta1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            try await stalled.until("HTTP/1.1 200 OK")
            let next = try RawClient(port: port)
            try next.send(Self.health)
            try await next.until("ok")
            try await stalled.untilClosed()
            #expect(stalled.received.count < 4_000_000)
        }
    }

    @Test func moreConnectionsThanThereArePlacesWait() async throws {
        try await run {
            $0.connections = 1
        } _: { _, port in
            let next: RawClient
            do {
                let first = try RawClient(port: port)
                try first.send(Self.health)
                try await first.until("ok")
                next = try RawClient(port: port)
                try next.send(Self.health)
                for round in 2...20 {
                    try first.send(Self.health)
                    try await eventually("answer \(round)") {
                        first.read()
                        return first.text.split(separator: "HTTP/1.1 200 OK").count == round
                    }
                    next.read()
                    #expect(next.text == "")
                }
            }
            try await next.until("ok")
        }
    }

    @Test func bodiesTogetherAreWithinABudget() async throws {
        try await run {
            $0.bodiesBytes = 1_000
        } _: { master, port in
            let begun =
                "POST /api/v1beta1/services HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n"
                + String(repeating: " ", count: 800)
            var slow = try RawClient(port: port)
            try slow.send(begun)
            let path = "/api/v1beta1/services?sync=true"
            let small = #"{"id":"web","port":80,"selector":{"a":"b"}}"#
            let padded = small.replacing("web", with: "none") + String(repeating: " ", count: 300)
            var refused: MasterUnderTest.Answer?
            try await eventually("a refusal") {
                // Until the slow one's bytes have come there is room for the other's, and then the slow one is refused.
                slow.read()
                if slow.text.contains("HTTP/1.1 429") {
                    slow = try RawClient(port: port)
                    try slow.send(begun)
                }
                let answer = try await master.ask("PUT", "/api/v1beta1/services/none?sync=true", padded)
                refused = answer
                return answer.status == 429
            }
            #expect(refused?.headers.first(name: "retry-after") == "1")
            #expect(refused?.body.contains(#""reason":"TooManyRequests""#) == true)
            #expect(try await master.ask("POST", path, small).status == 200, "there is room for this one")
            try slow.send(String(repeating: " ", count: 100))
            try await slow.until("HTTP/1.1 400")
            #expect(try await master.ask("PUT", "/api/v1beta1/services/none?sync=true", padded).status == 404)
        }
    }
}
