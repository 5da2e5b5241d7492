/// Does `work` while this master leads, with what it leads by, until the task is cancelled or `standings` ends. Work
/// that is under way is cancelled when the master leads no more, and has ended before the next standing is looked at.
func whileLeading(
    _ standings: AsyncStream<LeaderStanding>, _ work: @escaping @Sendable (Lead) async -> Void
) async {
    var iterator = standings.makeAsyncIterator()
    var standing = await iterator.next()
    while let current = standing {
        guard case .leads(let lead) = current else {
            standing = await iterator.next()
            continue
        }
        standing = await withTaskGroup(of: Void.self) { group in
            group.addTask { await work(lead) }
            let next = await iterator.next()
            group.cancelAll()
            return next
        }
    }
}
