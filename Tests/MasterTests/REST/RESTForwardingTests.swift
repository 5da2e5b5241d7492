import ClusterModel
import MasterKit
import NIOHTTP1
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master

/// Two masters of one store: what the one that does not lead answers.
@Suite struct RESTForwardingTests {
    private static let service = #"{"id":"web","port":80,"selector":{"name":"web"}}"#

    /// A leader and a follower that believes what `place` makes of the leader's URL.
    private func run(
        _ place: @escaping @Sendable (String) -> LeaderPlace = { .there($0) },
        _ body: @Sendable (_ leader: MasterUnderTest, _ follower: MasterUnderTest) async throws -> Void
    ) async throws {
        let store = MemoryStore()
        try await MasterUnderTest.withClient { client in
            try await MasterUnderTest.run([:], on: store, client) { leader in
                try await MasterUnderTest.run([:], on: store, client, leader: { place(leader.url) }) { follower in
                    try await body(leader, follower)
                }
            }
        }
    }

    @Test func changesGoThroughTheLeaderAndReadsDoNot() async throws {
        try await run { leader, follower in
            let made = try await follower.ask("POST", "/api/v1beta1/services?sync=true", Self.service)
            #expect(made.status == 200)
            #expect(made.body.contains(#""portalIP":"10.11.0.1""#))
            #expect(made.headers.first(name: "content-type") == "application/json")
            #expect(try await leader.requests("POST") == 1)
            #expect(try await follower.ask("GET", "/api/v1beta1/services/web").status == 200)
            #expect(try await leader.requests("GET") == 0)
            let changed = made.body.replacing(#""port":80"#, with: #""port":81"#)
            #expect(try await follower.ask("PUT", "/api/v1beta1/services/web?sync=true", changed).status == 200)
            #expect(try await follower.ask("DELETE", "/api/v1beta1/services/web?sync=true").status == 200)
            #expect(try await follower.ask("GET", "/api/v1beta1/services/web").status == 404)
            let refused = try await follower.ask("POST", "/api/v1beta1/services?sync=true", "{}")
            #expect(refused.status == 422)
        }
    }

    @Test func whatOnlyTheLeaderHearsOfMinionsIsAskedThere() async throws {
        try await run { leader, follower in
            _ = try await leader.ask("POST", "/api/v1beta1/minions?sync=true", #"{"id":"m"}"#)
            _ = try await leader.ask(
                "POST", "/api/v1beta1/pods?sync=true",
                #"{"id":"p","desiredState":{"manifest":{"version":"v1beta1"}}}"#)
            let bound = #"{"podID":"p","host":"m"}"#
            #expect(try await follower.ask("POST", "/api/v1beta1/bindings?sync=true", bound).status == 200)
            try await eventually("the leader's mirror has it") {
                if case .pod(let pod)? = await leader.parts.mirror.object(ObjectRef(.pod, name: "p")) {
                    pod.desiredState.host == "m"
                } else {
                    false
                }
            }
            let ref = ObjectRef(.pod, name: "p")
            await leader.parts.mirror.report(podStates: [ref: PodState(status: .running, podIP: "1.2.3.4")])
            await leader.parts.mirror.report(MinionCondition(.ready, lastSeen: .zero), of: "m")
            #expect(try await follower.ask("GET", "/api/v1beta1/pods/p").body.contains("1.2.3.4"))
            #expect(try await follower.ask("GET", "/api/v1beta1/pods").body.contains("1.2.3.4"))
            #expect(try await follower.ask("GET", "/api/v1beta1/proxy/minions/m/healthz").body == "ok")
            let moved = try await follower.ask("GET", "/api/v1beta1/redirect/minions/m")
            #expect(moved.status == 307)
            #expect(moved.headers.first(name: "location") == "http://m:10250")
        }
    }

    @Test func aRequestGoesOnOnceOnly() async throws {
        try await run { leader, follower in
            // Both take the other for the leader.
            let store = MemoryStore()
            try await MasterUnderTest.run(
                [:], on: store, follower.client, leader: { .there(follower.url) }
            ) { third in
                try await MasterUnderTest.run([:], on: store, follower.client, leader: { .there(third.url) }) {
                    fourth in
                    // The third sends it on to the follower, which sends on nothing that was sent on.
                    let answer = try await fourth.ask("POST", "/api/v1beta1/services", Self.service)
                    #expect(answer.status == 503)
                    #expect(answer.body.contains("this master does not lead; \(follower.url) does"))
                    #expect(answer.headers.first(name: "retry-after") == "1")
                }
            }
            #expect(try await leader.requests("POST") == 0)
        }
    }

    @Test func withoutALeaderWritesAreToBeTriedAgainAndReadsAreAnswered() async throws {
        try await run({ _ in .nowhere("no master leads at the moment") }) { _, follower in
            let answer = try await follower.ask("POST", "/api/v1beta1/services", Self.service)
            #expect(answer.status == 503)
            #expect(answer.headers.first(name: "retry-after") == "1")
            #expect(answer.body.contains(#""message":"no master leads at the moment","reason":"Unavailable""#))
            #expect(try await follower.ask("GET", "/api/v1beta1/services").status == 200)
            let components = try await follower.ask("GET", "/validate")
            #expect(components.status == 500)
            #expect(components.body.contains(#""component":"leader","health":"unhealthy""#))
        }
        try await run({ _ in .there("http://127.0.0.1:1") }) { _, follower in
            let answer = try await follower.ask("POST", "/api/v1beta1/services", Self.service)
            #expect(answer.status == 503)
            #expect(answer.body.contains("the master that leads cannot be asked: http://127.0.0.1:1/"))
        }
    }

    @Test func theBoundOfABodyHoldsAtTheFollower() async throws {
        try await run { leader, follower in
            let body = String(repeating: " ", count: RESTLimits.bodyBytes + 1)
            let answer = try await follower.ask("POST", "/api/v1beta1/services", body)
            #expect(answer.status == 413)
            #expect(try await leader.requests("POST") == 0)
        }
    }
}

extension MasterUnderTest {
    /// How many requests of a verb were answered.
    fileprivate func requests(_ verb: String) async throws -> Int {
        let text = try await ask("GET", "/metrics").body
        let lines = text.split(separator: "\n").filter { $0.hasPrefix(#"apiserver_request_total{verb="\#(verb)""#) }
        return lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }
}
