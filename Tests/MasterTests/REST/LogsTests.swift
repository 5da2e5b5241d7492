import AsyncHTTPClient
import ClusterModel
import MasterKit
import NIOHTTP1
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master

/// Reaches every minion at one port, and knows of the standings it was given.
private struct OneMinion: MinionAccess {
    let port: Int
    var known: [String: PushStanding] = [:]

    func standings(of object: ObjectRef) -> [String: PushStanding] { known }

    func openLog(_ query: LogQuery, on minion: Minion) async throws -> LogReading {
        let connection = try await LineClient.connect(host: "127.0.0.1", port: port)
        return try await LogReading.open(connection, token: "secret", query)
    }
}

@Suite("Logs through the API")
struct LogsTests {
    private static let path = "/api/v1beta1/proxy/minions/10.0.0.1/containerLogs/default/web"

    /// A master with one minion, which has a log of two lines.
    private func withMinion(_ body: @Sendable (MasterUnderTest, FakeMinion) async throws -> Void) async throws {
        try await FakeMinion.run { minion, port in
            minion.state.withLock {
                $0.log = [
                    LogLine(stream: .stdout, time: "2014-10-21T12:00:00.5Z", text: "hello  world"),
                    LogLine(stream: .stderr, time: "2014-10-21T12:00:01Z", text: ""),
                ]
            }
            try await MasterUnderTest.run(["machines": "10.0.0.1"], minions: OneMinion(port: port)) { master in
                try await master.awaitMinions()
                try await body(master, minion)
            }
        }
    }

    @Test("each line has its time in front, as a kubelet's of 2014")
    func text() async throws {
        try await withMinion { master, _ in
            let answer = try await master.ask("GET", "\(Self.path)/c")
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "content-type") == "text/plain; charset=utf-8")
            #expect(answer.body == "2014-10-21T12:00:00.5Z hello  world\n2014-10-21T12:00:01Z \n")
            #expect(try await master.ask("GET", "\(Self.path)/c?tail=1").body == "2014-10-21T12:00:01Z \n")
        }
    }

    @Test("what the minion refuses is refused in its words")
    func refusal() async throws {
        try await withMinion { master, _ in
            let answer = try await master.ask("GET", "\(Self.path)/missing")
            #expect(answer.status == 404)
            #expect(
                answer.body.contains(#""message":"no container \"missing\"","reason":"NotFound""#), "\(answer.body)")
        }
    }

    @Test(
        "a question that is none is refused before the minion is asked",
        arguments: [
            ("/c?tail=x", 400), ("/c?tail=-1", 400), ("/c?tail=10000001", 400), ("/c?since=yesterday", 400), ("", 400),
            ("/c/d", 400),
        ])
    func nonsense(_ rest: String, _ status: Int) async throws {
        try await withMinion { master, minion in
            let answer = try await master.ask("GET", Self.path + rest)
            #expect(answer.status == status)
            #expect(minion.sessions == 0)
        }
    }

    @Test("an unknown minion has none, one that does not answer is a 502")
    func noMinion() async throws {
        try await MasterUnderTest.run(["machines": "10.0.0.1"], minions: OneMinion(port: 1)) { master in
            try await master.awaitMinions()
            #expect(try await master.ask("GET", "\(Self.path)/c").status == 502)
            #expect(try await master.ask("GET", Self.path.replacing("0.1", with: "0.9") + "/c").status == 404)
        }
    }

    @Test("one that is followed ends with the master, in good order")
    func stop() async throws {
        try await withMinion { master, minion in
            let port = try #require(master.url.split(separator: ":").last.flatMap { Int($0) })
            let client = try RawClient(port: port)
            try client.send("GET \(Self.path)/c?follow=true HTTP/1.1\r\nHost: x\r\n\r\n")
            try await client.until("12:00:01Z")
            #expect(minion.state.withLock { $0.followed } == 1)
            await master.stop()
            // The last chunk: one that is cut has none (RFC 9112 §7.1).
            try await client.until("\r\n0\r\n\r\n")
        }
    }

    @Test("one whose client has gone gives its place and its connection back")
    func gone() async throws {
        try await withMinion { master, minion in
            for round in 1...RESTLimits.logs + 1 {
                let first = try await master.lines("\(Self.path)/c?follow=1", count: 1)
                #expect(first == ["2014-10-21T12:00:00.5Z hello  world"], "round \(round)")
                let connection = try #require(minion.state.withLock { $0.connection })
                await connection.waitUntilClosed()
            }
        }
    }

    @Test(
        "one that is followed through a master that does not lead may be silent, and ends with its client",
        .timeLimit(.minutes(1)))
    func throughFollower() async throws {
        #expect(MasterNode.clientConfiguration.timeout.read == nil)
        try await withMinion { leader, minion in
            try await MasterUnderTest.run([:], on: MemoryStore(), leader.client, leader: { .there(leader.url) }) {
                let first = try await $0.lines("\(Self.path)/c?follow=1", count: 1)
                #expect(first == ["2014-10-21T12:00:00.5Z hello  world"])
                let connection = try #require(minion.state.withLock { $0.connection })
                await connection.waitUntilClosed()
            }
        }
    }

    @Test(
        "a path has three parts",
        arguments: [
            ("/containerLogs/default/web/c", ["default", "web", "c"]),
            ("/containerLogs/a%20b/web/c", ["a b", "web", "c"]),
            ("/containerLogs/default/web", nil), ("/containerLogs/default//c", nil),
            ("/containerLogs/default/web/%zz", nil),
            ("/containerLogs/default/web/c/", nil), ("/logs/default/web/c", nil),
        ] as [(String, [String]?)])
    func paths(_ path: String, _ parts: [String]?) {
        #expect(ContainerLogPath(path).map { [$0.namespace, $0.pod, $0.container] } == parts)
    }

    @Test("places are bounded")
    func places() {
        let places = LogPlaces()
        var taken = (1...RESTLimits.logs).compactMap { _ in places.take() }
        #expect(taken.count == RESTLimits.logs)
        #expect(places.take() == nil)
        taken.removeLast()
        #expect(places.take() != nil)
    }

    @Test("what each minion acked can be asked for")
    func deliveries() async throws {
        let failed = PushStanding(
            phase: .failed(reason: "ErrImagePull", message: "no such image", retryIn: .seconds(8)), since: nil,
            version: 7,
            isRemoval: false, connection: .connected, lastHeard: nil)
        var cut = failed
        cut.phase = .waiting
        cut.connection = .lost(reason: "refused")
        let access = OneMinion(port: 1, known: ["m2": cut, "m1": failed])
        try await MasterUnderTest.run([:], minions: access) { master in
            let service = #"{"id":"web","port":80,"selector":{"name":"web"}}"#
            _ = try await master.ask("POST", "/api/v1beta1/services?sync=true", service)
            let answer = try await master.ask("GET", "/api/v1beta1/deliveries/services/web")
            #expect(
                answer.body
                    == #"{"kind":"DeliveryList","apiVersion":"v1beta1","items":[{"minion":"m1","phase":"failed","#
                    + #""reason":"ErrImagePull","message":"no such image","retryInSeconds":8,"resourceVersion":7,"#
                    + #""connected":true},{"minion":"m2","phase":"waiting","resourceVersion":7,"connected":false,"#
                    + #""connection":"refused"}]}"#)
            #expect(try await master.ask("GET", "/api/v1beta1/deliveries/services/nobody").status == 404)
        }
    }
}
