import ClusterModel
import NodeKit
import Testing
import Wire

@testable import Agent

/// Whole conversations with the agent's end of a connection, line by line as PROTOCOL.md has them.
@Suite struct LinkTests {
    private let service =
        #"{"kind":"Service","apiVersion":"v1beta1","id":"web","port":80,"selector":{"a":"b"},"portalIP":"10.11.0.1"}"#
    private let web = ObjectKey(kind: .service, name: "web")

    private func apply(_ id: Int, _ object: String, version: Int? = nil) -> String {
        let version = version.map { #","resourceVersion":\#($0)"# } ?? ""
        return #"{"op":"apply","id":\#(id),"object":\#(object)\#(version)}"#
    }

    @Test func aChangeIsReceivedAndStored() async throws {
        try await LinkFixture.run { link in
            let heard = try await link.speak([apply(1, service, version: 121)], until: "received")
            #expect(heard == [#"{"type":"ack","id":1,"phase":"received","resourceVersion":121}"#])
            #expect(await link.store.state.objects[web]?.resourceVersion == 121)
        }
    }

    @Test func appliedFollowsWhenTheLoopSaysSo() async throws {
        try await LinkFixture.run { link in
            async let heard = link.speak([apply(1, service)], until: "applied")
            try await eventually("the agent took the object") { link.board.entry(web) != nil }
            await link.converge(web, .failed(reason: "Busy", message: "locked", retryIn: .seconds(1)))
            await link.converge(web)
            let lines = try await heard
            #expect(lines.first == #"{"type":"ack","id":1,"phase":"received"}"#)
            #expect(lines.last?.hasPrefix(#"{"type":"ack","id":1,"phase":"applied","tookMs":"#) == true)
        }
    }

    @Test func aRepeatedApplyIsAppliedAtOnce() async throws {
        try await LinkFixture.run { link in
            _ = try await link.speak([apply(1, service)], until: "received")
            await link.converge(web)
            let heard = try await link.speak([apply(2, service)], until: "applied")
            #expect(heard.count == 2)
            #expect(await link.store.state.generation == 2)
        }
    }

    @Test func anOlderVersionIsStale() async throws {
        try await LinkFixture.run { link in
            let lines = [apply(1, service, version: 5), apply(2, service, version: 5)]
            let heard = try await link.speak(lines, until: #""id":2,"phase":"received""#)
            #expect(heard.last == #"{"type":"ack","id":2,"phase":"received","resourceVersion":5,"stale":true}"#)
        }
    }

    @Test func anInvalidObjectIsRefusedWithItsCauses() async throws {
        try await LinkFixture.run { link in
            let bad = service.replacing(#""port":80"#, with: #""port":70000"#)
            let heard = try await link.speak([apply(8, bad)], until: "error")
            #expect(heard.first?.contains(#""type":"error","id":8,"line":1,"code":422,"reason":"Invalid""#) == true)
            #expect(heard.first?.contains(#""field":"port""#) == true)
            #expect(await link.store.state.objects.isEmpty)
        }
    }

    @Test func aServiceWithoutPortalIPIsRefusedWithTheReason() async throws {
        try await LinkFixture.run { link in
            let bare = service.replacing(#","portalIP":"10.11.0.1""#, with: "")
            let heard = try await link.speak([apply(8, bare)], until: "\"id\":8")
            #expect(heard.first?.contains("portalIP") == true)
        }
    }

    @Test func oneBadLineOfATransactionAppliesNothing() async throws {
        try await LinkFixture.run { link in
            let lines = [#"{"op":"begin"}"#, service, "nonsense", #"{"op":"commit","id":9}"#]
            let heard = try await link.speak(lines, until: #""id":9"#)
            #expect(heard.count == 2)
            #expect(heard.first?.contains(#""line":3,"code":400"#) == true)
            #expect(heard.last?.contains(#""id":9,"line":4,"code":422"#) == true)
            #expect(await link.store.state.objects.isEmpty)
        }
    }

    @Test func aTransactionIsAckedForTheWhole() async throws {
        try await LinkFixture.run { link in
            let lines = [#"{"op":"begin"}"#, service, #"{"op":"commit","id":9}"#]
            async let heard = link.speak(lines, until: "applied")
            try await eventually("the agent took the object") { link.board.entry(web) != nil }
            await link.converge(web)
            let answers = try await heard
            #expect(answers.first == #"{"type":"ack","id":9,"phase":"received"}"#)
        }
    }

    @Test func aStaleLeaderIsFencedOff() async throws {
        try await LinkFixture.run { link in
            let auth = #"{"op":"auth","token":"secret"}"#
            let lead = #"{"op":"lead","id":1,"master":"m2","term":7}"#
            _ = try await link.speakTCP([auth, lead], until: "applied")
            let old = try await link.speakTCP([auth, #"{"op":"lead","id":2,"master":"m1","term":6}"#], until: "error")
            #expect(old.last?.contains(#""code":409,"reason":"StaleTerm""#) == true)
            let never = try await link.speakTCP([auth, apply(3, service)], until: "error")
            #expect(never.last?.contains("StaleTerm") == true)
            let local = try await link.speak([apply(4, service)], until: "received")
            #expect(local.count == 1)
            #expect(await link.store.state.leadership == Leadership(master: "m2", term: 7))
        }
    }

    @Test func threeWrongLinesEndTheConnection() async throws {
        try await LinkFixture.run { link in
            let wrong = #"{"op":"auth","id":1,"token":"wrong"}"#
            let heard = try await link.speakTCP([service, wrong, wrong, wrong], until: "never")
            #expect(heard.count == 3)
            #expect(heard.first?.contains("authenticate first") == true)
            #expect(heard.last?.contains(#""code":401,"reason":"Unauthorized""#) == true)
        }
    }

    @Test func aWatchShowsEverythingThenSynced() async throws {
        try await LinkFixture.run { link in
            _ = try await link.speak([service], until: "received")
            let heard = try await link.speak([#"{"op":"watch","id":5,"kinds":["Service"]}"#], until: "synced")
            #expect(heard.count == 2)
            #expect(heard.first?.hasPrefix(#"{"type":"status","id":5,"kind":"Service","object":{"kind""#) == true)
            #expect(heard.last == #"{"type":"synced","id":5}"#)
        }
    }

    @Test func aWatchShowsARemoval() async throws {
        try await LinkFixture.run { link in
            _ = try await link.speak([service], until: "received")
            async let heard = link.speak(
                [#"{"op":"watch","id":5,"kinds":["Service"]}"#, #"{"op":"remove","kind":"Service","name":"web"}"#],
                until: #""removed":true"#)
            try await eventually("the agent took the removal") { link.board.entry(web)?.wanted == nil }
            await link.converge(web, .removed)
            let lines = try await heard
            #expect(lines.last?.hasPrefix(#"{"type":"status","id":5,"kind":"Service""#) == true)
        }
    }

    @Test func getAnswersWithTheCurrentState() async throws {
        try await LinkFixture.run { link in
            _ = try await link.speak([service], until: "received")
            link.board.post(
                web, generation: link.board.entry(web)?.generation ?? 0, convergence: .applied,
                observed: .service(proxyPort: 33945, endpoints: 2))
            let heard = try await link.speak([#"{"op":"get","id":3,"kind":"Service","name":"web"}"#], until: "result")
            #expect(
                heard.last?.hasPrefix(#"{"type":"result","id":3,"kind":"ServiceList","items":[{"kind":"Service""#)
                    == true)
            let state = #""currentState":{"status":"Programmed","proxyPort":33945,"endpoints":2}"#
            #expect(heard.last?.contains(state) == true)
            let none = try await link.speak([#"{"op":"get","id":4,"kind":"Pod"}"#], until: "result")
            #expect(none.last == #"{"type":"result","id":4,"kind":"PodList","items":[]}"#)
        }
    }

    @Test func laterOperationsAreRefusedByName() async throws {
        try await LinkFixture.run { link in
            for op in ["run", "explain", "stats"] {
                let heard = try await link.speak([#"{"op":"\#(op)","id":1}"#], until: "error")
                #expect(heard.last?.contains(#""code":501,"reason":"NotImplemented""#) == true)
            }
        }
    }

    @Test func aPeerThatFinishedSendingStillGetsItsSecondAck() async throws {
        try await LinkFixture.run { link in
            let peer = try await LineClient.connect(unixPath: link.socket)
            try await peer.sendText(apply(1, service) + "\n")
            try await peer.finishSending()
            try await eventually("the agent took the object") { link.board.entry(web) != nil }
            await link.converge(web)
            var heard = ""
            while let batch = await peer.nextBatch() {
                for case .line(_, let bytes) in batch { heard += String(decoding: bytes, as: UTF8.self) }
            }
            #expect(heard.contains(#""id":1,"phase":"applied""#))
        }
    }

    @Test func aPeerThatFinishedSendingGetsEverythingThatWaits() async throws {
        try await LinkFixture.run { link in
            // More than the kernel's buffers hold, so that the agent is still sending it when the rest is asked for.
            let writes = (0..<7).map { number in
                let note = ["a": String(repeating: "x", count: 400_000)]
                let meta = ObjectMeta(name: "large\(number)", annotations: note)
                let service = Service(meta: meta, port: 80, selector: ["a": "b"], portalIP: "10.11.0.1")
                return Write.put(.service(service), resourceVersion: nil)
            }
            _ = await link.store.commit([WriteGroup(writes: writes, fence: .exempt)], source: .master)
            var limits = LineLimits()
            limits.maxWaitingLines = 1
            let peer = try await LineClient.connect(unixPath: link.socket, limits: limits)
            try await peer.sendText(#"{"op":"get","id":1,"kind":"Service"}"# + "\n")
            for _ in 0..<3 { _ = await peer.nextBatch(limit: 1) }
            // A watch that is cancelled before it could show anything is ended and not synced.
            let rest = [
                #"{"op":"ping","id":2}"#, #"{"op":"watch","id":5,"kinds":["Pod"]}"#, #"{"op":"cancel","id":5}"#,
                #"{"op":"ping","id":3}"#, #"{"op":"apply","object":\#(service)}"#,
            ]
            try await peer.sendText(rest.map { $0 + "\n" }.joined())
            try await peer.finishSending()
            try await eventually("the agent has read everything") { link.board.entry(web) != nil }
            var heard = ""
            while let batch = await peer.nextBatch() {
                for case .line(_, let bytes) in batch where bytes.count < 100 {
                    heard += String(decoding: bytes, as: UTF8.self)
                }
            }
            #expect(heard == #"{"type":"pong","id":2}{"type":"end","id":5}{"type":"pong","id":3}"#)
        }
    }

    @Test func aRefusedPartOfASetRemovesNothing() async throws {
        try await LinkFixture.run { link in
            _ = try await link.speak([apply(1, service)], until: "received")
            let lines = [
                #"{"op":"set","kind":"Service","items":[],"more":true}"#,
                #"{"op":"set","kind":"Service","items":[{"id":"web"}],"more":true}"#,
                #"{"op":"set","id":3,"kind":"Service","items":[]}"#,
            ]
            let heard = try await link.speak(lines, until: #""id":3"#)
            #expect(heard.map { $0.contains(#""code":422"#) } == [true, true])
            #expect(await link.store.state.objects[web] != nil)
        }
    }

    @Test func aWatchOfAnOpenIdIsRefused() async throws {
        try await LinkFixture.run { link in
            let watch = #"{"op":"watch","id":5,"kinds":["Pod"]}"#
            let heard = try await link.speak([watch, watch], until: "error")
            #expect(heard.last?.contains(#""id":5,"line":2,"code":409"#) == true)
        }
    }

    @Test func pingIsAnswered() async throws {
        try await LinkFixture.run { link in
            let heard = try await link.speak([#"{"op":"ping","id":1}"#], until: "pong")
            #expect(heard == [#"{"type":"pong","id":1}"#])
        }
    }
}
