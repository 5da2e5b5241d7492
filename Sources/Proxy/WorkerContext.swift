import Glibc
import Synchronization

/// What all workers of one server share: constants, the ways into each other, and one number.
final class WorkerContext: Sendable {
    let policy: DialPolicy
    let keepalive: Keepalive
    /// Nanoseconds per timer queue: the rounds of a dial in their order, then the half-closed limit.
    let timerDurations: [Int64]
    let acceptPause: Int64
    let maxConnections: Int
    /// Buffers one worker may keep filled.
    let buffersPerWorker: Int
    let descriptors: DescriptorBudget
    let mailboxes: [Mailbox]
    /// Everything each worker does, whatever the listener.
    let totals: TallyBoard
    /// Connections held by all workers together.
    let active = Atomic<Int>(0)

    init(settings: ProxySettings) throws(ProxyError) {
        policy = DialPolicy(rounds: settings.dialTimeouts.count)
        keepalive = Keepalive(
            idle: Int32(settings.keepaliveIdle.components.seconds),
            interval: Int32(settings.keepaliveInterval.components.seconds), probes: settings.keepaliveProbes)
        timerDurations = (settings.dialTimeouts + [settings.halfClosedIdle]).map(\.nanoseconds)
        acceptPause = settings.acceptPause.nanoseconds
        maxConnections = settings.maxConnections
        buffersPerWorker = settings.maxBufferedBytes / settings.workers / RelayBuffer.capacity
        descriptors = DescriptorBudget(limit: ProxySettings.descriptorLimit, reserve: settings.descriptorReserve)
        var mailboxes: [Mailbox] = []
        for _ in 0..<settings.workers { mailboxes.append(try Mailbox()) }
        self.mailboxes = mailboxes
        totals = TallyBoard(workers: settings.workers)
    }

    /// The timer queue of half-closed connections; those before it belong to the rounds of a dial
    var halfClosedQueue: Int { timerDurations.count - 1 }
}

/// How many descriptors may be open. Numbers are given out from the lowest free one, so the number of a new descriptor tells
/// how full the process's table is, whoever filled it, and costs no call.
struct DescriptorBudget: Sendable {
    /// A new client's number is below this, or it is refused.
    let clientCeiling: Int
    /// The same for a backend's leg and for listeners: half the reserve higher, so that a client that was let in can be served.
    let ceiling: Int

    init(limit: Int, reserve: Int) {
        clientCeiling = limit - reserve
        ceiling = limit - reserve / 2
    }

    func admitsClient(_ socket: borrowing Descriptor) -> Bool { Int(socket.raw) < clientCeiling }

    func admits(_ socket: borrowing Descriptor) -> Bool { Int(socket.raw) < ceiling }
}

/// The workers' clock. Read once per wake-up with one call that needs no system call; `ContinuousClock` measures the same and
/// costs several times as much in 128-bit arithmetic.
enum MonotonicClock {
    /// Nanoseconds since some moment before this process.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Rounded down; a duration beyond 292 years is cut to that.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max / 2) : product + attoseconds / 1_000_000_000
    }
}
