import ClusterModel
import Synchronization

/// How many bytes of request bodies the master holds, over all connections.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Mutex(0)

    /// A budget of `limit` bytes, none of them used.
    init(_ limit: Int) {
        self.limit = limit
    }

    /// Bytes that are held.
    var held: Int { used.withLock { $0 } }

    fileprivate func take(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard used + bytes <= limit else { return false }
            used += bytes
            return true
        }
    }

    fileprivate func give(back bytes: Int) { used.withLock { $0 -= bytes } }

    /// What one request holds, until its answer is made.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let held = Mutex(0)

        /// Nothing yet, of `budget`.
        init(of budget: BodyBudget) {
            self.budget = budget
        }

        deinit { budget.give(back: held.withLock { $0 }) }

        /// Holds `bytes` more.
        /// - Throws: `APIFailure` 429 when the budget has not so many left.
        func take(_ bytes: Int) throws(APIFailure) {
            guard budget.take(bytes) else {
                throw APIFailure(
                    429, .tooManyRequests, "the bodies of all requests together are too large; try again")
            }
            held.withLock { $0 += bytes }
        }
    }
}
