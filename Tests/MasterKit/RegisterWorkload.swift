public import Master
import Synchronization

/// Clients that read and swap a few registers of a store as fast as it answers, each register a document with a number.
public final class RegisterWorkload: Sendable {
    /// What happens, told as it does: a call is told before it is made, an answer after it has come, so that a reader of
    /// these lines, in their order, can tell what was acked before the clients died.
    public enum Line: Sendable, Equatable {
        /// Call `id` asks for the register's value.
        case reads(id: Int, register: Int)
        /// Call `id` asks to swap.
        case swaps(id: Int, register: Int, from: UInt64, to: UInt64)
        /// Call `id` was answered with the register's value; of a swap, `nil` when it was done and else a refusal.
        case answered(id: Int, value: UInt64?)
    }

    /// Clients at work at once.
    public static let clients = 4
    /// Registers of one round: each round has new ones.
    public static let registers = 3

    private let store: any ClusterStore
    private let round: Int
    private let tell: @Sendable (Line) -> Void
    private let lastID: Mutex<Int>

    /// Work on the registers of `round`. `tell` is called from several tasks.
    public init(on store: any ClusterStore, round: Int, tell: @escaping @Sendable (Line) -> Void) {
        self.store = store
        self.round = round
        self.tell = tell
        // Calls of all rounds have ids of their own.
        lastID = Mutex(round * 1_000_000)
    }

    /// Reads what the round before has left, then works until a call fails with something else than a conflict, or `limit`
    /// calls were made of each client.
    public func run(limit: Int) async throws(StoreError) {
        try await readAll(of: round - 1)
        let failures = await withTaskGroup(of: StoreError?.self) { group in
            for client in 0..<Self.clients {
                group.addTask { [self] in
                    do throws(StoreError) {
                        for step in 0..<limit { try await work(client: client, step: step) }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [StoreError]()) { failures, failure in failure.map { failures.append($0) } }
        }
        if let failure = failures.first { throw failure }
    }

    /// Reads each register of a round once.
    public func readAll(of round: Int) async throws(StoreError) {
        guard round >= 0 else { return }
        for register in 0..<Self.registers { _ = try await read(round * Self.registers + register) }
    }

    /// Reads a register, and swaps what it had for a number that nobody else writes.
    private func work(client: Int, step: Int) async throws(StoreError) {
        let register = round * Self.registers + (client + step) % Self.registers
        let entry = try await read(register)
        let id = nextID()
        let to = UInt64(id)
        tell(.swaps(id: id, register: register, from: number(in: entry), to: to))
        let key = Self.key(register)
        let condition: StoreTransaction.Condition = entry.map { .version(key, $0.modified) } ?? .absent(key)
        do throws(StoreError) {
            try await store.put(key, "\(to)", if: condition)
            tell(.answered(id: id, value: nil))
        } catch {
            guard error.code == .conflict, let conflict = error.conflict else { throw error }
            tell(.answered(id: id, value: conflict.actual))
        }
    }

    private func read(_ register: Int) async throws(StoreError) -> StoreEntry? {
        let id = nextID()
        tell(.reads(id: id, register: register))
        let entry = try await store.get(Self.key(register))
        tell(.answered(id: id, value: number(in: entry)))
        return entry
    }

    private func nextID() -> Int {
        lastID.withLock { last in
            last += 1
            return last
        }
    }

    private func number(in entry: StoreEntry?) -> UInt64 {
        entry.flatMap { UInt64(String(decoding: $0.value, as: UTF8.self)) } ?? 0
    }

    private static func key(_ register: Int) -> StoreKey { StoreKey("registers", name: "\(register)") }
}

extension RegisterWorkload.Line {
    /// As one line of text.
    public var text: String {
        switch self {
        case .reads(let id, let register): "r \(id) \(register)"
        case .swaps(let id, let register, let from, let to): "s \(id) \(register) \(from) \(to)"
        case .answered(let id, let value): "a \(id)\(value.map { " \($0)" } ?? "")"
        }
    }

    /// From such a line; `nil` for one that was cut off.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        let numbers = words.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == words.count - 1 else { return nil }
        switch (words.first, numbers.count) {
        case ("r", 2): self = .reads(id: Int(numbers[0]), register: Int(numbers[1]))
        case ("s", 4):
            self = .swaps(id: Int(numbers[0]), register: Int(numbers[1]), from: numbers[2], to: numbers[3])
        case ("a", 1): self = .answered(id: Int(numbers[0]), value: nil)
        case ("a", 2): self = .answered(id: Int(numbers[0]), value: numbers[1])
        default: return nil
        }
    }
}

/// What all clients of a workload told, over any number of deaths and restarts.
public final class RegisterJournal: Sendable {
    private struct Call {
        var register: Int
        var operation: RegisterHistory.Operation
    }

    private struct State {
        var calls: [Int: Call] = [:]
        var clock = 0
        var acked = 0
    }

    private let state = Mutex(State())

    /// Nothing yet.
    public init() {}

    /// How many swaps were acked.
    public var ackedSwaps: Int { state.withLock { $0.acked } }

    /// Notes a line at the moment it is told.
    public func note(_ line: RegisterWorkload.Line) {
        state.withLock { state in
            state.clock += 1
            switch line {
            // A read without an answer says nothing: it is never answered, and so never has to have happened.
            case .reads(let id, let register):
                state.calls[id] = Call(register: register, operation: .init(.read(0), called: state.clock))
            case .swaps(let id, let register, let from, let to):
                state.calls[id] = Call(
                    register: register, operation: .init(.unknown(from: from, to: to), called: state.clock))
            case .answered(let id, let value):
                guard var call = state.calls[id] else { return }
                call.operation.answered = state.clock
                switch (call.operation.kind, value) {
                case (.read, let value?): call.operation.kind = .read(value)
                case (.unknown(let from, let to), nil):
                    call.operation.kind = .swapped(from: from, to: to)
                    state.acked += 1
                case (.unknown(let from, _), _?): call.operation.kind = .refused(from: from)
                default: return
                }
                state.calls[id] = call
            }
        }
    }

    /// The histories by register.
    public var histories: [Int: RegisterHistory] {
        state.withLock { state in
            Dictionary(grouping: state.calls.values, by: \.register).mapValues { calls in
                RegisterHistory(calls.map(\.operation))
            }
        }
    }

    /// The registers that were not as registers are.
    public var impossible: [Int] { histories.filter { !$0.value.isLinearizable }.keys.sorted() }
}
