import FoundationEssentials
import Logging
import Machine
import Wire

/// The cluster's join tokens, one document each in the store: any master with the authority takes any of them, and a comparison
/// and swap sees to it that one does.
///
/// A token is marked as spent before the certificate is made: after a crash in between it is lost, and never used twice. The
/// mark stays until the token's time is long over, so that its file, left behind by a master that was killed while it took it
/// in, brings it back to nobody.
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
    /// - Returns: why files could not be taken in or removed: each keeps only itself waiting.
    /// - Throws: `AuthorityError` `file` for the folder, `StoreError`; the rest is taken in the next time.
    @discardableResult
    func takeIn(now: Date) async throws -> Set<String> {
        var trouble: Set<String> = []
        for identifier in try issued.waiting() {
            do {
                try await takeIn(identifier, now: now)
            } catch let error as AuthorityError {
                trouble.insert("join token \(identifier) cannot be taken in: \(error)")
            }
        }
        return trouble
    }

    /// The file goes once the store has the token or has had it. Where there is none nothing is said: anybody may guess an
    /// identifier, and another request may have taken it in just now.
    private func takeIn(_ identifier: String, now: Date) async throws {
        let token: JoinToken
        switch try issued.file(identifier) {
        case .absent: return
        case .token(let found) where found.isGenuine(authority): token = found
        case .token:
            logger.warning("join token \(identifier) is none of this authority's, and is removed")
            return try issued.remove(identifier)
        case .unsuitable:
            logger.warning(
                "join token \(identifier) is not as this version writes them, and is removed: make a new one")
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
        var told: Set<String> = []
        while true {
            var trouble: Set<String> = []
            do {
                trouble = try await takeIn(now: .now)
            } catch {
                trouble.insert("join tokens cannot be taken in: \(error)")
            }
            if time.now() >= nextSweep {
                do {
                    try await sweep(now: .now)
                    nextSweep = time.now() + Self.sweepInterval
                } catch {
                    trouble.insert("old join tokens cannot be forgotten: \(error)")
                }
            }
            // Once for each reason: it is tried again soon.
            for words in trouble.subtracting(told).sorted() { logger.warning("\(words)") }
            told = trouble
            try await time.sleep(Self.interval)
        }
    }

    private static func key(_ identifier: String) -> StoreKey { StoreKey(collection, name: identifier) }
}
