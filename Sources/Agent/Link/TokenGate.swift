import Settings
import Synchronization

/// Decides who may try a token, and whether it is right (PROTOCOL "Session", step 2).
final class TokenGate: Sendable {
    /// Wrong tokens a connection may send before it is closed.
    static let triesPerConnection = 3
    /// Lines without the right token that one source address may send within `window`, over all its connections; so a flood
    /// costs the journal as many lines and no more.
    static let triesPerAddress = 9
    /// How long an address that has used them up is turned away.
    static let window: Duration = .seconds(60)
    /// Addresses remembered; the one whose window ends first makes room, so a flood of addresses costs a bounded table.
    static let addressLimit = 1_024
    /// How long a connection may stay without having said a right token.
    static let patience: Duration = .seconds(10)

    private struct Failures {
        var count: Int
        var until: ContinuousClock.Instant
    }

    private struct State {
        var token: [UInt8]
        var failures: [String: Failures] = [:]
    }

    private let state: Mutex<State>

    /// A gate for `token`, which must not be empty.
    init(token: [UInt8]) {
        state = Mutex(State(token: token))
    }

    /// A gate for the token in `file`; `nil` where no file is configured.
    convenience init?(file: String?) throws(StartError) {
        guard let file else { return nil }
        self.init(token: try Self.token(file: file))
    }

    /// The token in `file`: its text without white space around it.
    /// - Throws: `StartError` when the file is absent, unreadable or empty.
    static func token(file: String) throws(StartError) -> [UInt8] {
        do {
            return Array(try TokenFile.read(file).utf8)
        } catch {
            throw StartError(code: .token, message: "\(error)")
        }
    }

    /// Replaces the token; connections that are open stay so.
    func replace(token: [UInt8]) {
        state.withLock { $0.token = token }
    }

    /// Whether `address` has used up its tries.
    func isBarred(_ address: String, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let failures = state.failures[address] else { return false }
            return failures.until > now && failures.count >= Self.triesPerAddress
        }
    }

    /// Whether `token` is right, in time that does not depend on how much of it is; a wrong one, or `nil` for a line that
    /// brought none, is counted against `address`.
    func admits(_ token: String?, from address: String, now: ContinuousClock.Instant) -> Bool {
        let given = token.map { Array($0.utf8) }
        return state.withLock { state in
            // Connections that were open before the address was barred get no further tries either.
            if let failures = state.failures[address], failures.until > now, failures.count >= Self.triesPerAddress {
                return false
            }
            if let given, Self.equalInConstantTime(given, state.token) { return true }
            var failures = state.failures[address] ?? Failures(count: 0, until: now + Self.window)
            if failures.until <= now { failures = Failures(count: 0, until: now + Self.window) }
            failures.count += 1
            if state.failures[address] == nil && state.failures.count >= Self.addressLimit {
                let first = state.failures.min { $0.value.until < $1.value.until }
                if let first { state.failures[first.key] = nil }
            }
            state.failures[address] = failures
            return false
        }
    }

    /// Looks at every byte of `given` whatever the outcome; only the length of what the peer itself sent shows.
    static func equalInConstantTime(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = UInt8(given.count == secret.count ? 0 : 1)
        for (index, byte) in given.enumerated() {
            difference |= byte ^ (secret.isEmpty ? 0 : secret[index % secret.count])
        }
        return difference == 0 && !secret.isEmpty
    }
}
