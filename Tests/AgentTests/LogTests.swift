import ClusterModel
import NodeKit
import Pods
import Testing
import Wire

@testable import Agent

/// The log of a container over a real connection; the engine is played.
@Suite struct LogTests {
    private let pod = ObjectKey(kind: .pod, name: "web")

    private func manifest(_ containers: String...) -> String {
        let list = containers.map { #"{"name":"\#($0)","image":"i"}"# }.joined(separator: ",")
        return
            #"{"kind":"Pod","apiVersion":"v1beta1","id":"web","uid":"u","desiredState":{"manifest":{"version":"v1beta1","#
            + #""containers":[\#(list)]}}}"#
    }

    /// A node that wants the pod, with a container of it that wrote two lines.
    private func withPod(
        _ containers: String = "c", _ body: @Sendable (LinkFixture, String) async throws -> Void
    ) async throws {
        try await LinkFixture.run { link in
            _ = try await link.speak([#"{"op":"apply","id":0,"object":\#(manifest(containers))}"#], until: "received")
            link.runtime.addImages("i")
            let labels = ContainerLabels(
                pod: "web", namespace: "default", uid: "u", container: containers, hash: "", source: "master",
                attempt: 0)
            let id = try await link.runtime.run(
                ContainerSpec(
                    name: "n", labels: labels, image: "i", network: .own(hostname: "web", ports: []), log: .files))
            link.runtime.write("one", by: id)
            link.runtime.write("two", to: .stderr, by: id)
            try await body(link, id)
        }
    }

    private func texts(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            guard case .log(_, let log)? = try? Reply.parse(line: Array(line.utf8)) else { return nil }
            return "\(log.stream): \(log.text)"
        }
    }

    @Test func linesComeInOrderAndThenTheEnd() async throws {
        try await withPod { link, _ in
            let heard = try await link.speak([#"{"op":"logs","id":6,"pod":"web"}"#], until: "\"end\"")
            #expect(texts(heard) == ["stdout: one", "stderr: two"])
            #expect(heard.last == #"{"type":"end","id":6}"#)
            #expect(heard.first?.hasPrefix(#"{"type":"log","id":6,"stream":"stdout","time":"2014-10-21T"#) == true)
        }
    }

    @Test func whoHasFinishedSendingIsAnsweredToTheEnd() async throws {
        try await withPod { link, _ in
            let peer = try await LineClient.connect(unixPath: link.socket)
            try await peer.sendText(#"{"op":"logs","id":6,"pod":"web","tail":1}"# + "\n")
            try await peer.finishSending()
            var heard: [String] = []
            while let batch = await peer.nextBatch() {
                for case .line(_, let bytes) in batch { heard.append(String(decoding: bytes, as: UTF8.self)) }
            }
            #expect(texts(heard) == ["stderr: two"])
            #expect(heard.last == #"{"type":"end","id":6}"#)
        }
    }

    @Test func aFollowedLogGoesOnUntilItIsCancelled() async throws {
        try await withPod { link, id in
            let peer = try await LineClient.connect(unixPath: link.socket)
            try await peer.sendText(#"{"op":"logs","id":6,"pod":"web","tail":0,"follow":true}"# + "\n")
            try await eventually("the log is read") { link.runtime.calls.contains(.logs) }
            link.runtime.write("three", by: id)
            var heard: [String] = []
            var isCancelled = false
            while !heard.contains(#"{"type":"end","id":6}"#), let batch = await peer.nextBatch() {
                for case .line(_, let bytes) in batch { heard.append(String(decoding: bytes, as: UTF8.self)) }
                if !isCancelled, !texts(heard).isEmpty {
                    isCancelled = true
                    try await peer.sendText(#"{"op":"cancel","id":6}"# + "\n")
                }
            }
            #expect(texts(heard) == ["stdout: three"])
            await peer.close()
        }
    }

    @Test func aFollowedLogEndsWithItsContainer() async throws {
        try await withPod { link, id in
            async let heard = link.speak([#"{"op":"logs","id":6,"pod":"web","follow":true}"#], until: "\"end\"")
            try await eventually("the log is read") { link.runtime.calls.contains(.logs) }
            link.runtime.crash(id, code: 1)
            #expect(try await texts(heard) == ["stdout: one", "stderr: two"])
        }
    }

    @Test func theConnectionsEndEndsItsReaders() async throws {
        try await withPod { link, _ in
            for round in 1...3 {
                let follow = (1...LogSlots.limit).map { #"{"op":"logs","id":\#($0),"pod":"web","follow":true}"# }
                let heard = try await link.speak(
                    follow + [#"{"op":"logs","id":99,"pod":"web"}"#], until: #""id":99"#)
                #expect(heard.last?.contains(#""code":429"#) == true, "round \(round)")
                // What is left of a reader after its connection's end still has its place.
                try await eventually("places are free again") {
                    link.context.logSlots.take(isLocal: true)
                        ? {
                            link.context.logSlots.give(); return true
                        }() : false
                }
                try await eventually("all are") {
                    var taken = 0
                    while link.context.logSlots.take(isLocal: true) { taken += 1 }
                    for _ in 0..<taken { link.context.logSlots.give() }
                    return taken == LogSlots.limit
                }
            }
        }
    }

    @Test func theLastPlacesAreForTheLocalSocket() async throws {
        try await withPod { link, _ in
            for _ in 0..<LogSlots.limit(isLocal: false) { #expect(link.context.logSlots.take(isLocal: false)) }
            let token = #"{"op":"auth","token":"secret"}"#
            let question = #"{"op":"logs","id":6,"pod":"web"}"#
            let remote = try await link.speakTCP([token, question], until: #""id":6"#)
            #expect(remote.last?.contains("28 logs are read on this node already") == true, "\(remote)")
            // Its first answer: a refusal has no end that could be waited for.
            let local = try await link.speak([question], until: #""id":6"#)
            #expect(texts(local) == ["stdout: one"], "\(local)")
        }
    }

    @Test(arguments: [
        (
            #"{"op":"logs","id":6,"pod":"nobody"}"#,
            #""code":404,"reason":"NotFound","message":"pod \"nobody\" not found""#
        ),
        (
            #"{"op":"logs","id":6,"pod":"web","container":"d"}"#,
            #""code":404,"reason":"NotFound","message":"pod \"web\" has no container \"d\"; it has c""#
        ),
        (
            #"{"op":"logs","id":6,"pod":"web","container":"net"}"#,
            #""code":404,"reason":"NotFound","message":"container net of pod web was not started yet""#
        ),
    ])
    func whatThereIsNoLogOf(_ question: String, _ answer: String) async throws {
        try await withPod { link, _ in
            let heard = try await link.speak([question], until: "\"id\":6")
            #expect(heard.last?.contains(answer) == true, "\(heard)")
        }
    }

    @Test func ofSeveralContainersOneMustBeNamed() async throws {
        try await LinkFixture.run { link in
            let question = #"{"op":"logs","id":6,"pod":"web"}"#
            let heard = try await link.speak([manifest("a", "b"), question], until: "\"id\":6")
            #expect(heard.last?.contains(#""code":422"#) == true)
            #expect(heard.last?.contains("container: is required: one of a, b") == true)
        }
    }

    @Test func anEngineThatIsAwayIsSaid() async throws {
        try await withPod { link, _ in
            link.runtime.setDown(true)
            let heard = try await link.speak([#"{"op":"logs","id":6,"pod":"web"}"#], until: "\"id\":6")
            #expect(heard.last?.contains(#""code":503,"reason":"Unavailable","message":"no engine""#) == true)
        }
    }

    @Test func oneConnectionReadsAnIdOnce() async throws {
        try await withPod { link, _ in
            let follow = #"{"op":"logs","id":6,"pod":"web","follow":true}"#
            let heard = try await link.speak([follow, follow], until: "409")
            #expect(heard.last?.contains("a log with that id is read; cancel it first") == true)
        }
    }

    @Test func aReaderOfItsOwnReadsAtItsPace() async throws {
        try await withPod { link, _ in
            let connection = try await LineClient.connect(unixPath: link.socket)
            var texts: [String] = []
            let reading = try await LogReading.open(connection, LogQuery(pod: pod))
            try await reading.read { texts += $0.map(\.text) }
            #expect(texts == ["one", "two"])
            let other = try await LineClient.connect(unixPath: link.socket)
            let fault = await #expect(throws: WireFault.self) {
                _ = try await LogReading.open(other, LogQuery(pod: pod, container: "d"))
            }
            #expect(fault?.reason == .notFound)
        }
    }

    @Test func aProbeThatIsNotRunIsSaidInTheAck() async throws {
        try await LinkFixture.run { link in
            let probed = manifest("c").replacing(
                #""image":"i""#, with: #""image":"i","livenessProbe":{"type":"exec","exec":{"command":["true"]}}"#)
            let heard = try await link.speak([#"{"op":"apply","id":1,"object":\#(probed)}"#], until: "received")
            #expect(
                heard.last?.contains(
                    #""warnings":["pod web: container c has livenessProbe, which this agent does not act on"]"#) == true
            )
        }
    }
}
