import Machine

extension EtcdStore {
    /// How far back a watch can be resumed at least. Without compaction etcd keeps every change until its quota is used up, and
    /// then takes no more.
    static let history: Duration = .seconds(600)

    /// Forgets, each time `interval` has passed, what was before the one before, until the task is cancelled: between one and
    /// two intervals of changes are kept. A failure is left to the next time.
    func compact(every interval: Duration, time: MonotonicTime) async {
        var former: UInt64?
        while !Task.isCancelled {
            do throws(StoreError) {
                let newest = try await revision()
                if let former { try await compact(through: former) }
                former = newest
            } catch {
                // The store's trouble is told by whoever cannot do without it.
            }
            do { try await time.sleep(interval) } catch { return }
        }
    }
}
