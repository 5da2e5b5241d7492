import ClusterModel
import NIOHTTP1
import NodeKit
import Testing
import Wire

@testable import Master

/// The API over a real socket, beside the recorded conversation.
@Suite struct RESTServerTests {
    private static let service = #"{"id":"web","port":80,"selector":{"name":"web"},"labels":{"tier":"front"}}"#

    private static func version(_ text: String) throws -> Int64 {
        let value = try JSONText.parse(Array(text.utf8))["resourceVersion"]
        guard case .int(let version) = value else { return 0 }
        return version
    }

    @Test func anUnknownPathIsQuotedWithItsQuery() async throws {
        try await MasterUnderTest.run { master in
            let answer = try await master.ask("GET", "/nowhere?a=%22")
            #expect(answer.status == 404)
            #expect(answer.body == #"Not Found: "/nowhere?a=%22""#)
            let head = try await master.ask("HEAD", "/healthz")
            #expect(head.status == 200)
            #expect(head.body == "")
            #expect(try await master.ask("HEAD", "/nowhere").status == 404)
        }
    }

    @Test func aBodyThatNoObjectMayHaveIsRefusedAndTheConnectionClosed() async throws {
        try await MasterUnderTest.run { master in
            let body = String(repeating: " ", count: RESTLimits.bodyBytes + 1)
            let answer = try await master.ask("POST", "/api/v1beta1/services", body)
            #expect(answer.status == 413)
            #expect(answer.headers.first(name: "connection") == "close")
            #expect(answer.body.contains(#""reason":"TooLarge","code":413"#))
            let unread = try await master.ask("DELETE", "/api/v1beta1/services/web", "nobody reads this")
            #expect(unread.headers.first(name: "connection") == "close")
            #expect(try await master.ask("GET", "/healthz").body == "ok")
        }
    }

    @Test func whatIsCountedCanBeRead() async throws {
        try await MasterUnderTest.run { master in
            _ = try await master.ask("GET", "/api/v1beta1/services/nope")
            let text = try await master.ask("GET", "/metrics")
            #expect(text.headers.first(name: "content-type") == "text/plain; version=0.0.4")
            #expect(text.body.contains(#"apiserver_request_total{verb="GET",resource="services",code="404"} 1"#))
            #expect(text.body.contains(#"apiserver_storage_objects{resource="services"} 0"#))
            let components = try await master.ask("GET", "/validate")
            #expect(components.status == 200)
            #expect(components.body.contains(#""component":"store","health":"healthy""#))
        }
    }

    @Test func aPodSaysWhyItWaitsOnlyToWhoAsks() async throws {
        try await MasterUnderTest.run { master in
            let manifest = #"{"version":"v1beta1","id":"web","containers":[{"name":"c","image":"i"}]}"#
            let pod = #"{"id":"web","desiredState":{"manifest":\#(manifest)}}"#
            #expect(try await master.ask("POST", "/api/v1beta1/pods?sync=true", pod).status == 200)
            let ref = ObjectRef(.pod, namespace: "default", name: "web")
            await master.parts.mirror.report(podStates: [ref: PodState(status: .waiting, message: "no minion")])
            for path in ["/api/v1beta1/pods", "/api/v1beta1/pods/web"] {
                let answer = try await master.ask("GET", path)
                #expect(!answer.body.contains("no minion"))
                let asked = try await master.ask("GET", path + "?reasons=true")
                #expect(asked.body.contains(#""message":"no minion""#))
            }
            let version = try Self.version(try await master.ask("GET", "/api/v1beta1/pods/web").body)
            let newer = #"{"id":"web","resourceVersion":\#(version),"desiredState":{"manifest":\#(manifest)}}"#
            let updated = try await master.ask("PUT", "/api/v1beta1/pods/web?sync=true", newer)
            #expect(updated.status == 200)
            #expect(!updated.body.contains("no minion"))
        }
    }

    @Test func aWatchTellsChangesAsItsSelectorSeesThem() async throws {
        try await MasterUnderTest.run { master in
            // Revision 0 would mean the objects there are now.
            let other = Self.service.replacing("web", with: "other").replacing("front", with: "none")
            _ = try await master.ask("POST", "/api/v1beta1/services?sync=true", other)
            let made = try await master.ask("POST", "/api/v1beta1/services?sync=true", Self.service)
            #expect(made.status == 200, "\(made.body)")
            let before = try Self.version(made.body) - 1
            let back = made.body.replacing(#""tier":"front""#, with: #""tier":"back""#)
            let moved = try await master.ask("PUT", "/api/v1beta1/services/web?sync=true", back)
            #expect(moved.status == 200, "\(moved.body)")
            let lines = try await master.lines(
                "/api/v1beta1/watch/services?labels=tier%3Dfront&resourceVersion=\(before)", count: 2)
            let types = try lines.map { try JSONText.parse(Array($0.utf8))["type"].string }
            #expect(types == ["ADDED", "DELETED"])
        }
    }

    @Test func aWatchEndsCleanlyWithTheMaster() async throws {
        try await MasterUnderTest.run { master in
            // Nothing happens; a stream that is cut instead of ended would throw.
            async let watched = master.lines("/api/v1beta1/watch/services", count: 1)
            try await eventually("the watch is open") { try await master.watches == 1 }
            await master.stop()
            #expect(try await watched == [])
        }
    }

    @Test func aWatchWhoseClientHasGoneGivesItsPlaceBack() async throws {
        try await MasterUnderTest.run { master in
            _ = try await master.ask("POST", "/api/v1beta1/services?sync=true", Self.service)
            #expect(try await master.lines("/api/v1beta1/watch/services", count: 1).count == 1)
            try await eventually("the place is free") { try await master.watches == 0 }
        }
    }

    @Test(arguments: [("resourceVersion=x", 422), ("labels=a%20b", 400)])
    func aWatchOfNonsenseIsRefused(_ row: (query: String, status: Int)) async throws {
        try await MasterUnderTest.run { master in
            let answer = try await master.ask("GET", "/api/v1beta1/watch/services?\(row.query)")
            #expect(answer.status == row.status)
            #expect(try await master.watches == 0)
        }
    }

    @Test func aMinionIsAskedWithoutBeingDisturbed() async throws {
        try await MasterUnderTest.run(["machines": "10.0.0.1"]) { master in
            let path = "/api/v1beta1/proxy/minions/10.0.0.1"
            try await eventually("it is registered") { try await master.ask("GET", "\(path)/healthz").status != 404 }
            #expect(try await master.ask("GET", "\(path)/healthz").status == 503)
            try await master.awaitMinions()
            #expect(try await master.ask("GET", "\(path)/healthz").body == "ok")
            #expect(try await master.ask("GET", "\(path)/logs/x").status == 501)
            #expect(try await master.ask("GET", "/api/v1beta1/proxy/minions/10.0.0.2/healthz").status == 404)
            let moved = try await master.ask("GET", "/api/v1beta1/redirect/minions/10.0.0.1")
            #expect(moved.status == 307)
            #expect(moved.headers.first(name: "location") == "http://10.0.0.1:10250")
        }
    }

    @Test func aServiceIsAskedAtAnEndpoint() async throws {
        try await MasterUnderTest.run { master in
            _ = try await master.ask("POST", "/api/v1beta1/services?sync=true", Self.service)
            let proxied = "/api/v1beta1/proxy/services/web/healthz?namespace=default"
            let early = try await master.ask("GET", proxied).status
            #expect([404, 503].contains(early))
            // The API itself is the backend: no other server is needed.
            let address = master.url.replacing("http://", with: "")
            let endpoints = #"{"id":"web","endpoints":["\#(address)"]}"#
            _ = try await master.ask("POST", "/api/v1beta1/endpoints?sync=true", endpoints)
            #expect(try await master.ask("GET", proxied).body == "ok")
            let moved = try await master.ask("GET", "/api/v1beta1/redirect/services/web?namespace=default")
            #expect(moved.headers.first(name: "location") == master.url)
            // A body goes through as it is, and so does the answer to it.
            let made = try await master.ask(
                "POST", "/api/v1beta1/proxy/services/web/api/v1beta1/services?namespace=default&sync=true",
                Self.service.replacing("web", with: "behind"))
            #expect(made.status == 200)
            #expect(made.body.contains(#""id":"behind""#))
            #expect(try await master.ask("GET", proxied.replacing("namespace=default", with: "")).status == 400)
        }
    }
}

extension MasterUnderTest {
    /// How many watches are open.
    var watches: Int {
        get async throws {
            let text = try await ask("GET", "/metrics").body
            let line = text.split(separator: "\n").first { $0.hasPrefix("apiserver_longrunning_requests{") }
            return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
        }
    }
}
