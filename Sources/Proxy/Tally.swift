import Synchronization

/// The counters of one worker for one listener (or for everything it does). Only that worker writes, anybody reads.
struct Tally: ~Copyable {
    let accepted = Atomic<UInt64>(0)
    let ended = Atomic<UInt64>(0)
    let bytesFromClients = Atomic<UInt64>(0)
    let bytesFromBackends = Atomic<UInt64>(0)
    let dialFailures = Atomic<UInt64>(0)
    let refusedNoBackends = Atomic<UInt64>(0)
    let refusedAllFailed = Atomic<UInt64>(0)
    let refusedLimit = Atomic<UInt64>(0)
    let refusedExhausted = Atomic<UInt64>(0)
    let refusedNoPort = Atomic<UInt64>(0)
    let abandoned = Atomic<UInt64>(0)
    let resets = Atomic<UInt64>(0)
    let expired = Atomic<UInt64>(0)
    let cut = Atomic<UInt64>(0)
    let acceptPauses = Atomic<UInt64>(0)
    let buffersInUse = Atomic<UInt64>(0)

    func countRefusal(_ reason: RefusalReason) {
        switch reason {
        case .noBackends: refusedNoBackends.bump()
        case .allBackendsFailed: refusedAllFailed.bump()
        case .connectionLimit: refusedLimit.bump()
        case .exhausted: refusedExhausted.bump()
        case .noLocalPort: refusedNoPort.bump()
        }
    }

    func add(to sum: inout TrafficCounters) {
        // `ended` is read before `accepted`: a connection that comes and goes in between cannot make the difference negative.
        let ended = self.ended.value
        let accepted = self.accepted.value
        sum.accepted += accepted
        sum.active += accepted - min(ended, accepted)
        sum.bytesFromClients += bytesFromClients.value
        sum.bytesFromBackends += bytesFromBackends.value
        sum.dialFailures += dialFailures.value
        sum.refused[.noBackends, default: 0] += refusedNoBackends.value
        sum.refused[.allBackendsFailed, default: 0] += refusedAllFailed.value
        sum.refused[.connectionLimit, default: 0] += refusedLimit.value
        sum.refused[.exhausted, default: 0] += refusedExhausted.value
        sum.refused[.noLocalPort, default: 0] += refusedNoPort.value
        sum.abandoned += abandoned.value
        sum.resets += resets.value
        sum.expired += expired.value
        sum.cut += cut.value
    }
}

extension Atomic where Value == UInt64 {
    /// Adds where there is one writer only: two plain moves instead of a locked instruction.
    @inline(__always)
    func bump(by amount: UInt64 = 1) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    var value: UInt64 { load(ordering: .relaxed) }
}

/// One `Tally` per worker, each on cache lines of its own so that two workers counting never wait for each other.
///
/// `@unchecked Sendable`: the pointer never changes, and what it points at are atomics until `deinit`, when nobody is left.
final class TallyBoard: @unchecked Sendable {
    /// Two cache lines: a `Tally` is 128 bytes.
    private static let stride = 128
    private let memory: UnsafeMutableRawPointer
    private let workers: Int

    init(workers: Int) {
        self.workers = workers
        memory = .allocate(byteCount: workers * Self.stride, alignment: 64)
        for index in 0..<workers { self[index].initialize(to: Tally()) }
    }

    deinit {
        for index in 0..<workers { self[index].deinitialize(count: 1) }
        memory.deallocate()
    }

    /// The tally of worker `index`; valid as long as this board is held.
    subscript(index: Int) -> UnsafeMutablePointer<Tally> {
        (memory + index * Self.stride).assumingMemoryBound(to: Tally.self)
    }

    /// The sum over all workers.
    var sum: TrafficCounters {
        var sum = TrafficCounters()
        for index in 0..<workers { self[index].pointee.add(to: &sum) }
        return sum
    }

    var acceptPauses: UInt64 { (0..<workers).reduce(0) { $0 + self[$1].pointee.acceptPauses.value } }

    var buffersInUse: UInt64 { (0..<workers).reduce(0) { $0 + self[$1].pointee.buffersInUse.value } }
}
