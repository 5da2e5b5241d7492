import FoundationEssentials
import Logging
import Machine
import Wire

/// The cluster's join tokens, one document each in the store: any master with the authority takes any of them, and a comparison and
/// swap sees to it that one does.
///
/// A token is marked as spent before the certificate is made: after a crash in between it is lost, and never used twice. The mark
/// stays until the token's time is long over, so that its file, left behind by a master that was killed while it took it in,
/// brings it back to nobody.
struct TokenLedger: Sendable {
    static let collection = "jointokens"
    /// Between two looks for what `ca issue` has left: less than a token needs from one terminal to another.
    static let interval = Duration.seconds(2)
    /// Between two looks for what is old.
    static let sweepInterval = Duration.seconds(3_600)
    /// For how long after its end a token is remembered: the clocks of masters that share a store differ by less.
    static let memory = Duration.seconds(86_400)

    let store: any ClusterStore
    let authority: CertificateAuthority
    /// What `ca issue` has left on this machine.
    let issued: JoinTokens
    let logger: Logger

    /// Takes a token: whoever gets its identity is the only one who ever does.
    /// - Returns: `nil` for a token that is unknown, wrong, used or too old; which of these, a stranger is not told.
    /// - Throws: `AuthorityError` `file`, `StoreError`; then it may have been spent.
    func redeem(_ text: String, now: Date) async throws -> ClusterIdentity? {
        guard let (identifier, secret) = JoinToken.parts(of: text) else { return nil }
        let key = Self.key(identifier)
        guard let entry = try await entry(key, now: now),
            let token = JoinToken(identifier: identifier, document: entry.value),
            !token.isSpent, token.isOpened(by: secret, authority), Int(now.timeIntervalSince1970) < token.end
        else { return nil }
        let spent = StoreTransaction(
            conditions: [.version(key, entry.modified)], changes: [.put(key, token.spent.document)])
        return try await isMade(spent) ? token.identity : nil
    }

    /// The token's document, taken in first where it lies on this machine: nobody waits for the next look.
    private func entry(_ key: StoreKey, now: Date) async throws -> StoreEntry? {
        if let entry = try await store.get(key) { return entry }
        try await takeIn(key.name, now: now)
        return try await store.get(key)
    }

    /// Whether the store has made the changes: not where another master was first.
    private func isMade(_ transaction: StoreTransaction) async throws(StoreError) -> Bool {
        do throws(StoreError) {
            try await store.commit(transaction)
            return true
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
    }

    /// Takes in what `ca issue` has left on this machine.
    /// - Throws: `AuthorityError` `file`, `StoreError`; the rest is taken in the next time.
    func takeIn(now: Date) async throws {
        for identifier in try issued.waiting() { try await takeIn(identifier, now: now) }
    }

    /// The file goes once the store has the token or has had it.
    private func takeIn(_ identifier: String, now: Date) async throws {
        guard let token = try issued.token(identifier), token.isGenuine(authority) else {
            logger.warning("join token \(identifier) is none of this authority's, and is removed")
            return try issued.remove(identifier)
        }
        let key = Self.key(identifier)
        if Int(now.timeIntervalSince1970) < token.end {
            // Where it was taken in before, it has perhaps been spent since.
            _ = try await isMade(StoreTransaction(conditions: [.absent(key)], changes: [.put(key, token.document)]))
        }
        try issued.remove(identifier)
    }

    /// Forgets the tokens whose time has long been over.
    /// - Throws: `StoreError`.
    func sweep(now: Date) async throws(StoreError) {
        let end = Int((now - Self.memory.timeInterval).timeIntervalSince1970)
        for entry in try await store.list(Self.collection, namespace: nil).entries {
            if let token = JoinToken(identifier: entry.key.name, document: entry.value), token.end > end { continue }
            _ = try await isMade(
                StoreTransaction(
                    conditions: [.version(entry.key, entry.modified)], changes: [.remove(entry.key)]))
        }
    }

    /// Takes in and forgets, until it is cancelled.
    func run(_ time: MonotonicTime) async throws {
        var nextSweep = time.now()
        var trouble = ""
        while true {
            do {
                try await takeIn(now: .now)
                if time.now() >= nextSweep {
                    try await sweep(now: .now)
                    nextSweep = time.now() + Self.sweepInterval
                }
                trouble = ""
            } catch {
                // Once for each reason: it is tried again soon.
                let words = "\(error)"
                if trouble != words { logger.warning("join tokens cannot be taken in: \(words)") }
                trouble = words
            }
            try await time.sleep(Self.interval)
        }
    }

    private static func key(_ identifier: String) -> StoreKey { StoreKey(collection, name: identifier) }
}
