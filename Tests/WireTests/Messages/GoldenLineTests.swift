import ClusterModel
import Testing
import Wire

private let health = HealthReport(
    node: "yy2", agent: "miniond 0.1.0", uptime: .milliseconds(61_900), pods: .init(desired: 3, applied: 2),
    services: .init(desired: 1, applied: 1), degraded: ["the container runtime does not answer"])

private let fault = WireFault(
    .invalid, "Service \"a\" is invalid",
    causes: [FieldCause(reason: .fieldValueInvalid, field: "port", message: "must be 1…65535, was 70000")], id: .int(8),
    line: 14)

/// Every kind of reply with the line it is, byte for byte.
let goldenReplies: [(Reply, String)] = [
    (.hello(Hello(auth: ["token"])), #"{"type":"hello","protocol":1,"auth":["token"]}"#),
    (.hello(Hello(auth: [])), #"{"type":"hello","protocol":1,"auth":[]}"#),
    (
        .ready(Ready(node: "yy2", agent: "miniond 0.1.0", term: 5, applied: ["master": 120])),
        #"{"type":"ready","node":"yy2","agent":"miniond 0.1.0","term":5,"applied":{"master":120}}"#
    ),
    (
        .ready(
            Ready(node: "yy2", agent: "miniond 0.1.0", term: 5, applied: [:], kinds: ["Pod", "Minion", "Later"])),
        #"{"type":"ready","node":"yy2","agent":"miniond 0.1.0","term":5,"applied":{},"kinds":["Pod","Minion","Later"]}"#
    ),
    (
        .ready(Ready(node: "yy2", agent: "miniond 0.1.0", term: 0, applied: ["master": 1, "file": 2])),
        #"{"type":"ready","node":"yy2","agent":"miniond 0.1.0","term":0,"applied":{"file":2,"master":1}}"#
    ),
    (
        .ack(Ack(id: .int(7), phase: .received, resourceVersion: 121)),
        #"{"type":"ack","id":7,"phase":"received","resourceVersion":121}"#
    ),
    (
        .ack(Ack(id: .int(7), phase: .applied(took: .milliseconds(4)), resourceVersion: 121)),
        #"{"type":"ack","id":7,"phase":"applied","resourceVersion":121,"tookMs":4}"#
    ),
    (
        .ack(
            Ack(
                id: .int(7),
                phase: .failed(reason: "ErrImagePull", message: "no such host", retryIn: .milliseconds(8000)))),
        #"{"type":"ack","id":7,"phase":"failed","reason":"ErrImagePull","message":"no such host","retryInMs":8000}"#
    ),
    (
        .ack(Ack(id: .int(7), phase: .failed(reason: "HostPortConflict", message: "port 80 is taken", retryIn: nil))),
        #"{"type":"ack","id":7,"phase":"failed","reason":"HostPortConflict","message":"port 80 is taken"}"#
    ),
    (
        .ack(
            Ack(
                id: .string("a"), phase: .received,
                warnings: ["unknown field desiredState.manifest.container"])),
        #"{"type":"ack","id":"a","phase":"received","warnings":["unknown field desiredState.manifest.container"]}"#
    ),
    (
        .ack(Ack(id: .int(7), phase: .applied(took: nil), resourceVersion: 3, stale: true, warnings: ["w"])),
        #"{"type":"ack","id":7,"phase":"applied","resourceVersion":3,"stale":true,"warnings":["w"]}"#
    ),
    (
        .error(fault),
        #"{"type":"error","id":8,"line":14,"code":422,"reason":"Invalid","message":"Service \"a\" is invalid","causes":"#
            + #"[{"reason":"FieldValueInvalid","field":"port","message":"must be 1…65535, was 70000"}]}"#
    ),
    (
        .error(WireFault(.unauthorized, "wrong token", line: 1)),
        #"{"type":"error","line":1,"code":401,"reason":"Unauthorized","message":"wrong token"}"#
    ),
    (
        .error(WireFault(.tooManyRequests, "busy")),
        #"{"type":"error","code":429,"reason":"TooManyRequests","message":"busy"}"#
    ),
    (
        .result(id: .int(3), kind: .pod, items: [["id": "web"], ["id": "db"]]),
        #"{"type":"result","id":3,"kind":"PodList","items":[{"id":"web"},{"id":"db"}]}"#
    ),
    (
        .result(id: .int(3), kind: .pod, items: [["id": "web"]], more: true),
        #"{"type":"result","id":3,"kind":"PodList","items":[{"id":"web"}],"more":true}"#
    ),
    (.result(id: nil, kind: .endpoints, items: []), #"{"type":"result","kind":"EndpointsList","items":[]}"#),
    (
        .status(id: .int(5), kind: .pod, object: ["id": "web"]),
        #"{"type":"status","id":5,"kind":"Pod","object":{"id":"web"}}"#
    ),
    (
        .status(id: .int(5), kind: .service, object: ["id": "a"], removed: true),
        #"{"type":"status","id":5,"kind":"Service","object":{"id":"a"},"removed":true}"#
    ),
    (.synced(id: .int(5)), #"{"type":"synced","id":5}"#),
    (
        .log(id: .int(6), LogLine(stream: .stderr, time: "2014-10-21T12:00:00.5Z", text: "a \"b\"")),
        #"{"type":"log","id":6,"stream":"stderr","time":"2014-10-21T12:00:00.5Z","line":"a \"b\""}"#
    ),
    (
        .health(id: .int(1), health),
        #"{"type":"health","id":1,"healthy":false,"node":"yy2","agent":"miniond 0.1.0","uptimeSeconds":61,"#
            + #""pods":{"desired":3,"applied":2},"services":{"desired":1,"applied":1},"#
            + #""degraded":["the container runtime does not answer"]}"#
    ),
    (.pong(id: .double(1.5)), #"{"type":"pong","id":1.5}"#),
    (.pong(id: nil), #"{"type":"pong"}"#),
    (.end(id: .int(6)), #"{"type":"end","id":6}"#),
]

/// Every kind of request with the line a client writes, byte for byte.
let goldenRequests: [(Request, String)] = [
    (Request(operation: .auth(token: "t")), #"{"op":"auth","token":"t"}"#),
    (
        Request(id: .int(7), operation: .apply(object: ["kind": "Pod", "id": "web"], resourceVersion: 121)),
        #"{"op":"apply","id":7,"object":{"kind":"Pod","id":"web"},"resourceVersion":121}"#
    ),
    (
        Request(operation: .apply(object: ["id": "web"], resourceVersion: nil)),
        #"{"op":"apply","object":{"id":"web"}}"#
    ),
    (
        Request(operation: .remove(ObjectKey(kind: .pod, name: "web"), resourceVersion: nil)),
        #"{"op":"remove","kind":"Pod","name":"web","namespace":"default"}"#
    ),
    (
        Request(operation: .set(kind: .service, items: [["id": "a"]], resourceVersion: 120, more: true)),
        #"{"op":"set","kind":"Service","items":[{"id":"a"}],"resourceVersion":120,"more":true}"#
    ),
    (
        Request(operation: .set(kind: .service, items: [], resourceVersion: 120, more: false)),
        #"{"op":"set","kind":"Service","items":[],"resourceVersion":120}"#
    ),
    (Request(operation: .begin), #"{"op":"begin"}"#),
    (Request(id: .int(9), operation: .commit), #"{"op":"commit","id":9}"#),
    (Request(operation: .lead(master: "m1", term: 7)), #"{"op":"lead","master":"m1","term":7}"#),
    (
        Request(operation: .get(ObjectQuery(kind: .pod, name: "w", namespace: "n", selector: "k=v"))),
        #"{"op":"get","kind":"Pod","name":"w","namespace":"n","selector":"k=v"}"#
    ),
    (Request(operation: .get(ObjectQuery(kind: .node))), #"{"op":"get","kind":"Node"}"#),
    (
        Request(operation: .watch(kinds: [.pod, .service, .node])),
        #"{"op":"watch","kinds":["Pod","Service","Node"]}"#
    ),
    (
        Request(id: .int(6), operation: .logs(LogQuery(pod: ObjectKey(kind: .pod, name: "web")))),
        #"{"op":"logs","id":6,"pod":"web","namespace":"default"}"#
    ),
    (
        Request(
            operation: .logs(
                LogQuery(
                    pod: ObjectKey(kind: .pod, namespace: "n", name: "web"), container: "c",
                    range: LogRange(tail: 100, follow: true, since: "10m")))),
        #"{"op":"logs","pod":"web","namespace":"n","container":"c","tail":100,"follow":true,"since":"10m"}"#
    ),
    (Request(id: .int(12), operation: .cancel(.int(12))), #"{"op":"cancel","id":12}"#),
    (Request(id: .string("h"), operation: .health), #"{"op":"health","id":"h"}"#),
    (Request(operation: .ping), #"{"op":"ping"}"#),
]

@Suite struct GoldenLineTests {
    @Test(arguments: goldenReplies)
    func replies(_ reply: Reply, _ line: String) {
        var bytes: [UInt8] = []
        reply.writeLine(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == line + "\n")
    }

    @Test(arguments: goldenRequests)
    func requests(_ request: Request, _ line: String) {
        var bytes: [UInt8] = []
        request.writeLine(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == line + "\n")
    }

    @Test func millisecondsSayNoMoreThanIsTrue() {
        let took = Reply.ack(Ack(id: .int(1), phase: .applied(took: .microseconds(4999))))
        #expect(took.json()["tookMs"] == 4)
        let failed = Reply.ack(
            Ack(id: .int(1), phase: .failed(reason: "R", message: "m", retryIn: .microseconds(4001))))
        #expect(failed.json()["retryInMs"] == 5)
    }

    @Test func aLongResultIsSeveralLines() throws {
        // Small ones, one that fills a line alone, and one that is longer than any line should be.
        let sizes = [10, 400_000, 700_000, 300_000, 2 * Reply.resultPieceBytes, 1, 2]
        let items: [JSONObject] = sizes.map { ["id": .string(String(repeating: "x", count: $0))] }
        var bytes: [UInt8] = []
        Reply.result(id: .int(3), kind: .pod, items: items).writeLine(into: &bytes)
        var read: [[Int]] = []
        var goesOn: [Bool] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard case .result(.int(3), .pod, let items, let more)? = try Reply.parse(line: Array(line)) else {
                Issue.record("no result: \(line.count) bytes")
                return
            }
            read.append(items.map { $0.text.utf8.count - #"{"id":""}"#.utf8.count })
            goesOn.append(more)
        }
        #expect(read == [[10, 400_000], [700_000, 300_000], [2 * Reply.resultPieceBytes], [1, 2]])
        #expect(goesOn == [true, true, true, false])
    }

    @Test func aNewlineInAMessageStaysInItsLine() {
        var bytes: [UInt8] = []
        Reply.error(WireFault(.internalError, "two\nlines")).writeLine(into: &bytes)
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
    }
}

@Suite struct RoundTripTests {
    @Test(arguments: goldenReplies.map(\.1))
    func aClientReadsWhatTheAgentWrites(_ line: String) throws {
        let reply = try #require(try Reply.parse(line: Array(line.utf8)))
        #expect(reply.json().text == line)
    }

    @Test(arguments: goldenRequests.map(\.1))
    func anAgentReadsWhatAClientWrites(_ line: String) throws {
        let request = try Request.parse(line: Array(line.utf8), number: 1)
        #expect(request.warnings == [])
        #expect(request.json().text == line)
    }

    @Test(arguments: [
        (#"{"type":"novelty","id":1}"#),
        (#"{"type":"output","id":9,"stream":"stderr","data":"x"}"#),
    ])
    func whatIsNewerThanTheClientIsPassedOver(_ line: String) throws {
        #expect(try Reply.parse(line: Array(line.utf8)) == nil)
    }

    @Test func aReasonNewerThanTheClientIsKept() throws {
        let line = #"{"type":"error","code":418,"reason":"Teapot","message":"m"}"#
        let reply = try Reply.parse(line: Array(line.utf8))
        #expect(reply == .error(WireFault(FaultReason(code: 418, name: "Teapot"), "m")))
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"type":1}"#, #"{"type":"hello"}"#, #"{"type":"ready","node":"n"}"#,
        #"{"type":"ack","phase":"received"}"#,
        #"{"type":"ack","id":1,"phase":"soon"}"#, #"{"type":"error"}"#, #"{"type":"result","kind":"Pod"}"#,
        #"{"type":"status","kind":"Pod"}"#, #"{"type":"health"}"#,
        #"{"type":"log","id":6,"stream":"elsewhere","line":"x"}"#, #"{"type":"log","id":6,"stream":"stdout"}"#,
    ])
    func whatIsNoReplyIsAFault(_ line: String) {
        #expect(throws: WireFault.self) { try Reply.parse(line: Array(line.utf8)) }
    }
}
