import ClusterModel
import FoundationEssentials
import NodeKit
import Testing
import Wire

@testable import Master

@Suite("Over TLS")
struct HandshakeTests {
    private let authority: CertificateAuthority
    private let other: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority.make(now: .now)
        other = try CertificateAuthority.make(now: .now)
    }

    /// Who comes to node yy2, and what both ends say of it.
    enum Wrong: String, CaseIterable, Sendable {
        case expiredMaster, earlyMaster, strangeMaster, expiredNode, earlyNode, strangeNode, wrongNode, clientAsNode

        /// Words of the node's log and of the master's.
        var words: (node: String, master: String) {
            switch self {
            case .expiredMaster:
                (
                    "showed the certificate of master m1, which expired on",
                    "refuses the certificate it was shown: it has expired"
                )
            case .earlyMaster:
                ("which is not valid before", "is not valid yet by the clock there")
            case .strangeMaster:
                (
                    "from another authority than this cluster's",
                    "refuses the certificate it was shown: it is from another"
                )
            case .expiredNode:
                (
                    "refuses the certificate it was shown: it has expired",
                    "showed the certificate of node yy2, which expired on"
                )
            case .earlyNode: ("is not valid yet by the clock there", "which is not valid before")
            case .strangeNode: ("it is from another authority", "from another authority than this cluster's")
            // To the node, a master who leaves at once is no failure of TLS.
            case .wrongNode: ("", "showed the certificate of node yy3, not of node yy2")
            case .clientAsNode: ("it is not for this use", "showed the certificate of client")
            }
        }
    }

    private func node(_ wrong: Wrong) throws -> TLSCredentials {
        switch wrong {
        case .expiredNode: try authority.credentials(.node, "yy2", life: .seconds(1), now: .now - 60)
        case .earlyNode: try authority.credentials(.node, "yy2", now: .now + 3_600)
        case .strangeNode: try other.credentials(.node, "yy2", trusted: authority)
        case .wrongNode: try authority.credentials(.node, "yy3")
        case .clientAsNode: try authority.credentials(.client, "yy2")
        default: try authority.credentials(.node, "yy2")
        }
    }

    private func master(_ wrong: Wrong) throws -> TLSCredentials {
        switch wrong {
        case .expiredMaster: try authority.credentials(.master, "m1", life: .seconds(1), now: .now - 60)
        case .earlyMaster: try authority.credentials(.master, "m1", now: .now + 3_600)
        case .strangeMaster: try other.credentials(.master, "m1", trusted: authority)
        default: try authority.credentials(.master, "m1")
        }
    }

    @Test("a wrong certificate is named with its reason at both ends", arguments: Wrong.allCases)
    func wrong(_ wrong: Wrong) async throws {
        try await TLSFixture.run(try node(wrong)) { fixture in
            let complaint = try #require(try await fixture.complaint(master(wrong)))
            #expect(complaint.contains(wrong.words.master), "the master says: \(complaint)")
            guard !wrong.words.node.isEmpty else { return }
            let refused = try await eventually("the node's word") {
                fixture.refused
            } until: {
                !$0.isEmpty
            }
            #expect(refused.count == 1 && refused[0].contains(wrong.words.node), "the node says: \(refused)")
            #expect(fixture.server.counters.accepted == 0)
        }
    }

    @Test("the right certificates are let in, and each end knows who the other one is")
    func right() async throws {
        try await TLSFixture.run(try authority.credentials(.node, "yy2")) { fixture in
            let connection = try await fixture.dial(try authority.credentials(.master, "m1"))
            #expect(connection.identity == ClusterIdentity(.node, "yy2"))
            #expect(connection.isSecure)
            try await WireSession.with(connection) { try await $0.ping() }
            #expect(fixture.refused.isEmpty)
        }
    }

    @Test("a client of the plain protocol is told what is spoken, whether it begins or waits")
    func plain() async throws {
        var limits = LineLimits()
        limits.firstByteDeadline = .milliseconds(50)
        try await TLSFixture.run(try authority.credentials(.node, "yy2"), limits: limits) { fixture in
            // Waits for the agent's hello.
            #expect(await fixture.complaint(nil)?.contains("this port speaks TLS 1.3") == true)
            let refused = try await eventually("it is named") {
                fixture.refused
            } until: {
                !$0.isEmpty
            }
            #expect(refused[0].hasSuffix("waits for a plain greeting"))
        }
        try await TLSFixture.run(try authority.credentials(.node, "yy2")) { fixture in
            let eager = try await fixture.dial(nil)
            try await eager.sendText("{\"op\":\"ping\",\"id\":1}\n")
            guard case .line(_, let bytes)? = await eager.nextBatch()?.first else {
                Issue.record("no line came")
                return
            }
            #expect(String(decoding: bytes, as: UTF8.self).contains("this port speaks TLS 1.3"))
            await eager.close()
            let refused = try await eventually("it is named") {
                fixture.refused
            } until: {
                !$0.isEmpty
            }
            #expect(refused[0].hasSuffix("speaks without TLS"))
        }
    }

    @Test("a master learns that a minion speaks plain text")
    func plainNode() async throws {
        try await TLSFixture.run(nil) { fixture in
            let complaint = try await fixture.complaint(authority.credentials(.master, "m1"))
            #expect(complaint?.contains("does not speak TLS") == true)
        }
    }

    @Test("who comes to a full port is told so in a line, and the node too")
    func fullPort() async throws {
        var limits = LineLimits()
        limits.maxConnections = 1
        try await TLSFixture.run(try authority.credentials(.node, "yy2"), limits: limits) { fixture in
            let master = try authority.credentials(.master, "m1")
            try await WireSession.with(try await fixture.dial(master)) { session in
                try await session.ping()
                let words = "1 connections are open, which is the most"
                #expect(await fixture.complaint(master)?.contains(words) == true)
                #expect(fixture.refused == [words])
                // The one that has its place keeps it, and a stranger is told no more than ever.
                try await session.ping()
                let stranger = try other.credentials(.master, "m1")
                #expect(await fixture.complaint(stranger)?.contains(words) == false)
            }
        }
    }

    @Test("who is slow to be refused keeps a place; without one nothing is said, and the dialler guesses")
    func refusalPlaces() async throws {
        try await refusing(within: .seconds(300)) { fixture, master in
            let silent = try await fixture.dial(nil)
            try await eventually("it is refused") { fixture.server.counters.refused == 1 }
            #expect(await fixture.complaint(master)?.contains("it may have too many connections") == true)
            await silent.close()
            try await eventually("the place is free") {
                await fixture.complaint(master)?.contains("1 connections are open") == true
            }
        }
    }

    @Test("who is slow to be refused keeps a place no longer than allowed")
    func refusalDeadline() async throws {
        try await refusing(within: .milliseconds(300)) { fixture, master in
            let silent = try await fixture.dial(nil)
            try await eventually("the place is free again") {
                await fixture.complaint(master)?.contains("1 connections are open") == true
            }
            await silent.close()
        }
    }

    /// A full port with one place for who is refused.
    private func refusing(
        within deadline: Duration, _ body: @Sendable (TLSFixture, TLSCredentials) async throws -> Void
    ) async throws {
        var limits = LineLimits()
        (limits.maxConnections, limits.maxSecureRefusals, limits.refusalDeadline) = (1, 1, deadline)
        // Longer than a test waits: only the deadline of refusals can free the place.
        (limits.firstByteDeadline, limits.greetingDeadline) = (.seconds(300), .seconds(300))
        try await TLSFixture.run(try authority.credentials(.node, "yy2"), limits: limits) { fixture in
            let master = try authority.credentials(.master, "m1")
            try await WireSession.with(try await fixture.dial(master)) { session in
                try await session.ping()
                try await body(fixture, master)
                try await session.ping()
            }
        }
    }

    @Test("a new certificate counts for the next connection, and the open one goes on")
    func rotation() async throws {
        try await TLSFixture.run(try authority.credentials(.node, "old")) { fixture in
            let master = try authority.credentials(.master, "m1")
            try await WireSession.with(try await fixture.dial(master, node: "old")) { session in
                try await session.ping()
                fixture.door.replace(try authority.credentials(.node, "new"))
                try await session.ping()
                let next = try await fixture.dial(master, node: "new")
                try await WireSession.with(next) { try await $0.ping() }
                try await session.ping()
            }
        }
    }

    @Test("a door that gets a certificate turns from plain to TLS")
    func opening() async throws {
        try await TLSFixture.run(nil) { fixture in
            #expect(await fixture.complaint(nil) == nil)
            fixture.door.replace(try authority.credentials(.node, "yy2"))
            #expect(try await fixture.complaint(authority.credentials(.master, "m1")) == nil)
        }
    }

    @Test("a long line crosses whole, both ways and at once")
    func longLines() async throws {
        try await TLSFixture.run(try authority.credentials(.node, "yy2")) { fixture in
            try await WireSession.with(try await fixture.dial(try authority.credentials(.master, "m1"))) { session in
                let text = String(repeating: "x", count: 3_000_000)
                try await session.send(.apply(object: .object(["kind": .string(text)]), resourceVersion: nil))
                try await session.ping()
            }
        }
    }

    @Test(
        "credentials check themselves",
        arguments: [
            (nil, nil), (Wrong.expiredNode, "which expired on"), (.earlyNode, "which is not valid before"),
            (.strangeNode, "from another authority"),
        ])
    func check(_ wrong: Wrong?, words: String?) async throws {
        let credentials = try wrong.map { try node($0) } ?? authority.credentials(.node, "yy2")
        var complaint: String?
        do { try await credentials.check() } catch { complaint = error.message }
        #expect((complaint == nil) == (words == nil))
        if let complaint, let words {
            #expect(complaint.hasPrefix("this node showed the certificate of node yy2"))
            #expect(complaint.contains(words))
        }
    }
}
