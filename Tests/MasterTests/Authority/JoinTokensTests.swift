import FoundationEssentials
import MasterKit
import NodeKit
import Testing
import Wire

@testable import Master

@Suite("A join token")
struct JoinTokensTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let node = ClusterIdentity(.node, "yy2")

    /// Tokens in a fresh folder, and one of them.
    private func tokens(
        life: Duration = .seconds(3_600), _ body: (JoinTokens, String, AuthorityFolder) throws -> Void
    ) throws {
        let data = try TestFolder()
        let folder = AuthorityFolder(dataFolder: data.path)
        let authority = try folder.initialize(now: now)
        let tokens = JoinTokens(folder)
        let token = try tokens.make(for: try #require(node), life: life, authority: authority, now: now)
        #expect(token.hasSuffix("." + authority.fingerprint))
        try body(tokens, token, folder)
    }

    @Test("lets in whom it was made for, once")
    func once() throws {
        try tokens { (tokens, token, folder) throws in
            #expect(try tokens.redeem(token, now: now) == node)
            #expect(try tokens.redeem(token, now: now) == nil)
            // Another master on the same folder knows it too.
            #expect(try JoinTokens(folder).redeem(token, now: now) == nil)
        }
    }

    @Test("lets in one of many who come at the same time")
    func race() async throws {
        let data = try TestFolder()
        let folder = AuthorityFolder(dataFolder: data.path)
        let authority = try folder.initialize(now: now)
        let token = try JoinTokens(folder).make(
            for: try #require(node), life: .seconds(60), authority: authority, now: now)
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { try JoinTokens(folder).redeem(token, now: now) != nil } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test("ends with its time, and is swept away then")
    func expiry() throws {
        try tokens(life: .seconds(60)) { (tokens, token, folder) throws in
            #expect(try tokens.redeem(token, now: now.addingTimeInterval(60)) == nil)
            // Who came late has used it up.
            #expect(try tokens.redeem(token, now: now) == nil)
        }
        try tokens(life: .seconds(60)) { (tokens, _, folder) throws in
            try tokens.sweep(now: now.addingTimeInterval(59))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.tokens).count == 1)
            try tokens.sweep(now: now.addingTimeInterval(60))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.tokens).isEmpty)
        }
    }

    @Test("is not used up by who only guesses, and its file does not hold the secret")
    func guesses() throws {
        try tokens { (tokens, token, folder) throws in
            let parts = token.split(separator: ".").map(String.init)
            for guess in ["\(parts[0]).0000.\(parts[2])", "\(parts[0])..x", "../ca.x.y", "x", "", "a.b.c.d"] {
                #expect(try tokens.redeem(guess, now: now) == nil)
            }
            let file = try #require(FileManager.default.contents(atPath: "\(folder.tokens)/\(parts[0])"))
            #expect(!String(decoding: file, as: UTF8.self).contains(parts[1]))
            #expect(try tokens.redeem(token, now: now) == node)
        }
    }

    @Test("lives for a week at most", arguments: [Duration.zero, .seconds(-1), .seconds(7 * 86_400 + 1)])
    func life(_ life: Duration) throws {
        #expect(throws: AuthorityError.self) { try tokens(life: life) { _, _, _ in } }
    }

    @Test("is guessed ten times a minute from one address")
    func attempts() {
        var attempts = JoinAttempts()
        for _ in 0..<JoinAttempts.perAddress {
            #expect(!attempts.isBarred("a", now: .zero))
            attempts.refused("a", now: .zero)
        }
        #expect(attempts.isBarred("a", now: .seconds(59)))
        #expect(!attempts.isBarred("b", now: .seconds(59)))
        #expect(!attempts.isBarred("a", now: .seconds(60)))
        // A flood of addresses costs a bounded table, and the oldest makes room.
        for number in 0..<JoinAttempts.addressLimit { attempts.refused("x\(number)", now: .seconds(1)) }
        #expect(!attempts.isBarred("a", now: .seconds(2)))
    }
}
