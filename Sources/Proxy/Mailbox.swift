import CLinux
import Glibc
import Synchronization

/// What a worker is told from outside. It does these in the order they were posted.
enum Order: Sendable {
    /// Serve this listener with these backends: the first time begins to accept.
    case serve(Listener, BackendSet)
    /// Serve this listener no longer; its connections live on.
    case leave(Listener)
    /// Relay this client, accepted by a worker that has more to do.
    case relay(client: Handover, Listener)
    /// Say that you are alive.
    case answer(Rollcall)
    /// Accept no more, for good.
    case stopAccepting(Rollcall)
    /// Answer when no connection is left; cut what is left at `deadline` (monotonic nanoseconds).
    case drain(deadline: Int64, Rollcall)
    /// Close everything and end the thread.
    case end
}

/// A descriptor on its way from one worker to another; closed if it never gets there.
final class Handover: Sendable {
    private let raw: Atomic<Int32>

    init(_ descriptor: consuming Descriptor) {
        raw = Atomic(descriptor.release())
    }

    /// The descriptor; `none` for whoever comes second.
    func take() -> Descriptor {
        Descriptor(owning: raw.exchange(-1, ordering: .relaxed))
    }

    deinit {
        _ = take()
    }
}

/// The way into a worker: a queue, and an eventfd in the worker's epoll set.
///
/// The lock is held for one append or one swap, and a worker takes it only when it was told that there is something: nothing
/// in the path of a byte waits for it.
final class Mailbox: Sendable {
    let wake: Descriptor
    /// About how many connections the worker holds: it writes the number, and whoever gives it one adds that in advance.
    let load = Atomic<Int>(0)
    private let orders = Mutex<[Order]>([])

    init() throws(ProxyError) {
        let raw = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard raw >= 0 else { throw .systemCall("create an eventfd", errno) }
        wake = Descriptor(owning: raw)
    }

    /// Adds an order and wakes the worker, unless orders it has not fetched yet have woken it already.
    func post(_ order: Order) {
        let wasEmpty = orders.withLock { orders in
            defer { orders.append(order) }
            return orders.isEmpty
        }
        // Fails only if 2⁶⁴ - 2 wakes were counted before: the worker never resets the count, but no machine gets there.
        if wasEmpty { _ = eventfd_write(wake.raw, 1) }
    }

    /// Takes all orders out.
    func fetch() -> [Order] {
        orders.withLock { orders in
            defer { orders = [] }
            return orders
        }
    }
}
