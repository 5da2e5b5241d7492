import ClusterModel
import Testing
import Wire

private func parse(_ text: String, line: Int = 14) throws(WireFault) -> Request {
    try Request.parse(line: Array(text.utf8), number: line)
}

private func refusal(_ text: String) -> WireFault? {
    do {
        _ = try parse(text)
        return nil
    } catch {
        return error
    }
}

private let web = ObjectKey(kind: .pod, name: "web")

@Suite struct RequestTests {
    @Test(
        arguments: [
            (#"{"op":"auth","token":"s3cret"}"#, .auth(token: "s3cret")),
            (#"{"op":"apply","object":{"kind":"Pod"}}"#, .apply(object: ["kind": "Pod"], resourceVersion: nil)),
            (
                #"{"op":"apply","object":{"kind":"Pod"},"resourceVersion":121}"#,
                .apply(object: ["kind": "Pod"], resourceVersion: 121)
            ),
            (#"{"op":"remove","kind":"Pod","name":"web"}"#, .remove(web, resourceVersion: nil)),
            (
                #"{"op":"remove","kind":"Service","name":"a","namespace":"b","resourceVersion":9}"#,
                .remove(ObjectKey(kind: .service, namespace: "b", name: "a"), resourceVersion: 9)
            ),
            (#"{"op":"set","kind":"Pod","items":[]}"#, .set(kind: .pod, items: [], resourceVersion: nil, more: false)),
            (
                #"{"op":"set","kind":"Endpoints","items":[{"id":"a"},{"id":"b"}],"resourceVersion":120,"more":true}"#,
                .set(kind: .endpoints, items: [["id": "a"], ["id": "b"]], resourceVersion: 120, more: true)
            ),
            (#"{"op":"begin"}"#, .begin),
            (#"{"op":"commit"}"#, .commit),
            (#"{"op":"lead","master":"m1","term":7}"#, .lead(master: "m1", term: 7)),
            (#"{"op":"get","kind":"Node"}"#, .get(ObjectQuery(kind: .node))),
            (
                #"{"op":"get","kind":"Pod","name":"web","namespace":"x","selector":"k=v"}"#,
                .get(ObjectQuery(kind: .pod, name: "web", namespace: "x", selector: "k=v"))
            ),
            (#"{"op":"get","kind":"Pod","name":"","namespace":null}"#, .get(ObjectQuery(kind: .pod))),
            (#"{"op":"watch","kinds":["Pod","Service","Node","Pod"]}"#, .watch(kinds: [.pod, .service, .node])),
            (#"{"op":"logs","pod":"web"}"#, .logs(LogQuery(pod: web))),
            (
                #"{"op":"logs","pod":"web","container":"c","tail":0,"follow":true,"since":"1h30m"}"#,
                .logs(
                    LogQuery(pod: web, container: "c", range: LogRange(tail: 0, follow: true, since: "1h30m")))
            ),
            (#"{"op":"cancel","id":12}"#, .cancel(.int(12))),
            (#"{"op":"health"}"#, .health),
            (#" {"op" : "ping"} "#, .ping),
        ] as [(String, Operation)])
    func operations(_ text: String, _ operation: Operation) throws {
        let request = try parse(text)
        #expect(request.operation == operation)
        #expect(request.line == 14)
        #expect(request.warnings == [])
    }

    @Test(
        arguments: [
            ("7", .int(7)), ("-7", .int(-7)), (#""a b""#, .string("a b")), (#""""#, .string("")), ("1.5", .double(1.5)),
            ("null", nil),
        ] as [(String, RequestID?)])
    func ids(_ text: String, _ id: RequestID?) throws {
        #expect(try parse(#"{"id":\#(text),"op":"ping"}"#).id == id)
    }

    @Test func anObjectWithoutOpIsApplied() throws {
        let request = try parse(#"{"kind":"Service","id":"apache","port":1,"whatever":2}"#)
        #expect(request.id == .string("apache"))
        #expect(request.warnings == [])
        guard case .apply(.object(let object), nil) = request.operation else {
            Issue.record("not an apply: \(request.operation)")
            return
        }
        #expect(object["kind"] == "Service")
        #expect(object["id"] == "apache")
        #expect(object["whatever"] == 2)
    }

    @Test(arguments: [
        #"{"kind":"PodList","items":[]}"#, #"{"apiVersion":"v1"}"#, #"{"version":"v1beta1","containers":[]}"#,
    ])
    func whatLooksLikeAnObjectIsLeftToTheObjectDecoder(_ text: String) throws {
        guard case .apply = try parse(text).operation else {
            Issue.record("not an apply")
            return
        }
        #expect(try parse(text).id == nil)
    }

    @Test func unknownMembersAreWarnings() throws {
        let request = try parse(
            #"{"op":"remove","kind":"Pod","name":"web","namespce":"x","colour":"red","resourceVerson":1}"#)
        #expect(
            request.warnings.sorted() == [
                "unknown field colour", "unknown field namespce (did you mean namespace?)",
                "unknown field resourceVerson (did you mean resourceVersion?)",
            ])
    }

    @Test func warningsAreBounded() throws {
        let members = (0..<500).map { #""field\#($0)":1"# }.joined(separator: ",")
        let warnings = try parse(#"{"op":"ping",\#(members)}"#).warnings
        #expect(warnings.count == 21)
        #expect(warnings.last == "and 480 more")
        let long = String(repeating: "x", count: 5000)
        #expect(try parse(#"{"op":"ping","\#(long)":1}"#).warnings == ["unknown field \(long.prefix(100))…"])
    }

    @Test func causesAreBounded() throws {
        let kinds = Array(repeating: #""x""#, count: 5000).joined(separator: ",")
        #expect(try #require(refusal(#"{"op":"watch","kinds":[\#(kinds)]}"#)).causes.count == 100)
    }
}

@Suite struct RequestFaultTests {
    @Test(arguments: [
        ("", "line 14 is not JSON: "),
        ("nonsense", "line 14 is not JSON: "),
        (#"{"op":"ping"} {"op":"ping"}"#, "line 14 is not JSON: "),
        (#"{"op":"#, "line 14 is not JSON: "),
        (String(repeating: "[", count: 65), "line 14 is not JSON: "),
        ("[1]", "line 14 is not a JSON object but an array"),
        ("7", "line 14 is not a JSON object but a number"),
        ("{}", #"the line has neither "op" nor "kind""#),
        (#"{"opp":"ping"}"#, #"the line has neither "op" nor "kind" (did you mean op?)"#),
        (#"{"op":7}"#, "op: must be a string, was 7"),
        (#"{"op":"aply"}"#, "unknown op 'aply' (did you mean apply?)"),
        (
            #"{"op":"frobnicate"}"#,
            "unknown op 'frobnicate' (known are auth, apply, remove, set, begin, commit, lead, get, watch, logs, cancel, "
                + "health, ping, run, explain, stats)"
        ),
    ])
    func whatIsNoRequestIsABadRequest(_ text: String, _ message: String) throws {
        let fault = try #require(refusal(text))
        #expect(fault.reason == .badRequest)
        #expect(fault.message.hasPrefix(message), "\(fault.message)")
        #expect(fault.line == 14)
    }

    @Test(
        arguments: [
            (#"{"op":"auth"}"#, ["token: is required"]),
            (#"{"op":"auth","token":["s3cret"]}"#, ["token: must be a string, was an array"]),
            (#"{"op":"apply"}"#, ["object: is required"]),
            (
                #"{"op":"apply","object":"x","resourceVersion":-1}"#,
                ["object: must be an object, was 'x'", "resourceVersion: must be a whole number of at least 0, was -1"]
            ),
            (#"{"op":"remove"}"#, ["kind: is required", "name: is required"]),
            (
                #"{"op":"remove","kind":"pod","name":5,"namespace":{},"resourceVersion":1.5}"#,
                [
                    "kind: must be one of Pod, Service, Endpoints, Minion, was 'pod'", "name: must be a string, was 5",
                    "namespace: must be a string, was an object",
                    "resourceVersion: must be a whole number of at least 0, was 1.5",
                ]
            ),
            (#"{"op":"remove","kind":"Pod","name":""}"#, ["name: is required"]),
            (
                #"{"op":"remove","kind":"Node","name":"n"}"#,
                ["kind: must be one of Pod, Service, Endpoints, Minion, was 'Node'"]
            ),
            (#"{"op":"set","kind":"Pod"}"#, ["items: is required"]),
            (
                #"{"op":"set","items":{},"more":"yes"}"#,
                [
                    "kind: is required", "items: must be an array, was an object",
                    "more: must be true or false, was 'yes'",
                ]
            ),
            (#"{"op":"lead"}"#, ["master: is required", "term: is required"]),
            (#"{"op":"lead","master":"m","term":0}"#, ["term: must be a whole number of at least 1, was 0"]),
            (#"{"op":"get","selector":1}"#, ["kind: is required", "selector: must be a string, was 1"]),
            (#"{"op":"watch"}"#, ["kinds: is required"]),
            (#"{"op":"watch","kinds":[]}"#, ["kinds: must name a kind"]),
            (
                #"{"op":"watch","kinds":["Pod","Pods",3]}"#,
                [
                    "kinds[1]: must be one of Pod, Service, Endpoints, Minion, Node, was 'Pods'",
                    "kinds[2]: must be one of Pod, Service, Endpoints, Minion, Node, was 3",
                ]
            ),
            (#"{"op":"logs"}"#, ["pod: is required"]),
            (
                #"{"op":"logs","pod":"web","tail":10000001,"follow":1,"since":"-1h"}"#,
                [
                    "tail: must be at most 10000000, was 10000001", "follow: must be true or false, was 1",
                    "since: must be a duration like 10m or a time of RFC 3339",
                ]
            ),
            (#"{"op":"cancel"}"#, ["id: is required"]),
            (
                #"{"op":"ping","id":true}"#,
                ["id: must be a string of at most 256 bytes or a number that 53 bits hold, was true"]
            ),
            (
                #"{"op":"ping","id":1e300}"#,
                ["id: must be a string of at most 256 bytes or a number that 53 bits hold, was 1e+300"]
            ),
        ] as [(String, [String])])
    func everyMemberAtFaultHasItsCause(_ text: String, _ causes: [String]) throws {
        let fault = try #require(refusal(text))
        #expect(fault.reason == .invalid)
        #expect(fault.causes.map(\.description) == causes)
        let op = text.split(separator: "\"")[3]
        #expect(fault.message == "\(op) is invalid: \(causes.joined(separator: "; "))")
    }

    @Test func causesCarryTheirReasons() throws {
        let fault = try #require(refusal(#"{"op":"remove","kind":"Pods","namespace":3}"#))
        #expect(
            fault.causes.map(\.reason) == [.fieldValueNotSupported, .fieldValueRequired, .fieldValueInvalid])
    }

    @Test func noTokenIsRepeated() throws {
        for text in [#"{"op":"auth","token":{"a":"s3cret"}}"#, #"{"op":"auth","token":17}"#] {
            let message = try #require(refusal(text)).message
            #expect(!message.contains("s3cret") && !message.contains("17"))
        }
    }

    @Test(arguments: ["run", "explain", "stats"])
    func laterOpsAreRefusedByName(_ op: String) throws {
        let fault = try #require(refusal(#"{"op":"\#(op)","id":3}"#))
        #expect(fault.reason == .notImplemented)
        #expect(fault.code == 501)
        #expect(fault.message == "op \"\(op)\" is not implemented; it follows in a later version")
        #expect(fault.id == .int(3))
    }

    @Test(
        arguments: [
            (#"{"id":"a","op":"nope"}"#, .string("a")), (#"{"id":4,"op":"lead"}"#, .int(4)), (#"{"id":4}"#, .int(4)),
            (#"{"id":[],"op":"ping"}"#, nil), (#"{"id":4,"op":"ping""#, nil),
        ] as [(String, RequestID?)])
    func aFaultCarriesTheIdThatCouldBeRead(_ text: String, _ id: RequestID?) throws {
        #expect(try #require(refusal(text)).id == id)
    }

    @Test func aHugeValueIsNotRepeatedWhole() throws {
        let huge = String(repeating: "x", count: 100_000)
        let fault = try #require(refusal(#"{"op":"\#(huge)"}"#))
        #expect(fault.message.count < 400)
    }

    @Test func anInvalidObjectKeepsItsCodeReasonAndCauses() {
        let cause = FieldCause(reason: .fieldValueInvalid, field: "port", message: "must be 1…65535, was 70000")
        let invalid = InvalidObject(
            code: 422, reason: "Invalid", message: "Service \"a\" is invalid", kind: "Service", name: "a",
            causes: [cause])
        #expect(
            WireFault(invalid, id: .int(8), line: 14)
                == WireFault(.invalid, "Service \"a\" is invalid", causes: [cause], id: .int(8), line: 14))
    }

    @Test func namesAndIdsHaveALength() throws {
        func text(_ count: Int) -> String { String(repeating: "n", count: count) }
        #expect(try parse(#"{"op":"ping","id":"\#(text(256))"}"#).id == .string(text(256)))
        let long = try #require(refusal(#"{"op":"ping","id":"\#(text(257))"}"#))
        #expect(long.code == 422 && long.id == nil)
        #expect(long.causes.map(\.field) == ["id"])
        for (line, field) in [
            (#"{"op":"lead","term":1,"master":"NAME"}"#, "master"),
            (#"{"op":"remove","kind":"Pod","name":"NAME"}"#, "name"),
            (#"{"op":"remove","kind":"Pod","name":"a","namespace":"NAME"}"#, "namespace"),
            (#"{"op":"get","kind":"Pod","name":"NAME"}"#, "name"),
            (#"{"op":"get","kind":"Pod","namespace":"NAME"}"#, "namespace"),
        ] {
            #expect(refusal(line.replacing("NAME", with: text(253))) == nil)
            let refused = try #require(refusal(line.replacing("NAME", with: text(254))))
            #expect(refused.code == 422)
            #expect(refused.causes.map(\.description) == ["\(field): must be at most 253 bytes, was 254"])
        }
    }
}
