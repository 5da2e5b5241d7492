import ClusterModel
import Testing
import Wire

@testable import Master

/// Requests of the kinds that were recorded, with the answers the source of October 2014 gives, or those of
/// docs/compatibility.md.
@Suite struct RecordedKindTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        var body: String?
        let status: Int
        /// Parts of the body.
        let words: [String]

        init(_ method: String, _ path: String, _ body: String, _ status: Int, _ words: String...) {
            self.method = method
            self.path = path
            self.body = body
            self.status = status
            self.words = words
        }

        init(_ method: String, _ path: String, _ status: Int, _ words: String...) {
            self.method = method
            self.path = path
            self.status = status
            self.words = words
        }

        var testDescription: String { "\(method) \(path)" }
    }

    private static let api = "/api/v1beta1"
    private static let controller =
        #""desiredState":{"replicas":0,"replicaSelector":{"a":"b"},"podTemplate":{"labels":{"a":"b"},"#
        + #""desiredState":{"manifest":{"version":"v1beta1","id":"f"}}}}"#

    /// One conversation, in order.
    static let cases: [Case] = [
        // The path of an update is only shown; what counts is the body's id.
        Case("POST", "\(api)/services?sync=true", #"{"id":"web","port":80,"selector":{"a":"b"},"proxyPort":-3}"#, 200),
        Case(
            "PUT", "\(api)/services/other?sync=true",
            #"{"id":"web","port":81,"selector":{"a":"b"},"resourceVersion":VERSION}"#, 200, #""id":"web""#,
            #""selfLink":"/api/v1beta1/services/other""#),
        Case(
            "PUT", "\(api)/services/web?sync=true", #"{"port":81,"selector":{"a":"b"}}"#, 422,
            #"service \"\" is invalid: id: required value ''"#),
        // Of endpoints the last who says them is right.
        Case("POST", "\(api)/endpoints?sync=true", #"{"id":"web","endpoints":["10.0.0.1:80"]}"#, 200),
        Case(
            "POST", "\(api)/endpoints?sync=true", #"{"id":"web","endpoints":["10.0.0.2:80"]}"#, 200,
            #""endpoints":["10.0.0.2:80"]"#),
        Case("GET", "\(api)/endpoints?fields=ID%3Dweb", 400, "label/field selectors are not supported on endpoints"),
        Case("GET", "\(api)/watch/endpoints?labels=a%3Db", 400, "label selectors are not supported on endpoints"),
        Case("PUT", "\(api)/bindings/x?sync=true", #"{"podID":"p","host":"m"}"#, 405, "Bindings may not be changed."),
        // Events are found by what they are about.
        Case(
            "POST", "\(api)/events?sync=true",
            #"{"id":"e","involvedObject":{"kind":"Pod","name":"p"},"reason":"started","source":"kubelet"}"#, 200),
        Case("PUT", "\(api)/events/e?sync=true", #"{"id":"e"}"#, 405, "events cannot be changed"),
        Case("GET", "\(api)/events?fields=involvedObject.name%3Dp%2Creason%3Dstarted", 200, #""items":[{"id":"e""#),
        Case("GET", "\(api)/events?fields=source%21%3Dkubelet", 200, #""apiVersion":"v1beta1"}"#),
        Case("GET", "\(api)/events?fields=colour%3Dred", 400, "not 'colour'"),
        // A template's manifest has no name when it is made, and what it is given afterwards.
        Case(
            "POST", "\(api)/replicationControllers?sync=true", #"{"id":"r",\#(controller)}"#, 200, #""id":"","volumes""#
        ),
        Case(
            "PUT", "\(api)/replicationControllers/r?sync=true",
            #"{"id":"r","resourceVersion":VERSION,\#(controller)}"#, 200, #""id":"f","volumes""#),
        Case(
            "POST", "\(api)/replicationControllers?sync=true", #"{"id":"r","namespace":"n",\#(controller)}"#, 409,
            #"controller \"n\" cannot be updated: Controller.Namespace does not match the provided context"#),
        Case("PUT", "\(api)/replicationControllers/r", "{\(controller)}", 422, "id: required value ''"),
        Case(
            "GET", "\(api)//services?labels=a", 301, #"<a href="/api/v1beta1/services?labels=a">Moved Permanently</a>."#
        ),
        Case("PATCH", "\(api)", 301),
    ]

    @Test func everyAnswerIsThatOfTheSource() async throws {
        try await MasterUnderTest.run { master in
            var version = "0"
            for row in Self.cases {
                let body = row.body?.replacing("VERSION", with: version)
                let answer = try await master.ask(row.method, row.path, body)
                #expect(answer.status == row.status, "\(row.testDescription): \(answer.body)")
                for words in row.words {
                    #expect(answer.body.contains(words), "\(row.testDescription): \(answer.body)")
                }
                if let found = answer.body.firstMatch(of: /"resourceVersion":(?<number>[0-9]+)/) {
                    version = String(found.output.number)
                }
            }
        }
    }

    @Test func aPodWithoutANameIsRefusedByTheOneItWouldHaveHad() async throws {
        try await MasterUnderTest.run { master in
            let answer = try await master.ask("POST", "/api/v1beta1/pods?sync=true", "{}")
            #expect(answer.status == 422)
            let status = try JSONText.parse(Array(answer.body.utf8))
            let name = try #require(status["details"]["id"].string)
            #expect(name.utf8.count == 36)
            #expect(status["message"].string?.hasPrefix(#"pod "\#(name)" is invalid: desiredState.manifest."#) == true)
        }
    }

    @Test func endpointsOfOneServiceCanBeWatched() async throws {
        try await MasterUnderTest.run { master in
            for name in ["a", "b"] {
                _ = try await master.ask("POST", "/api/v1beta1/endpoints?sync=true", #"{"id":"\#(name)"}"#)
            }
            let lines = try await master.lines("/api/v1beta1/watch/endpoints?fields=ID%3Db", count: 1)
            #expect(lines.first?.contains(#""id":"b""#) == true)
        }
    }
}
