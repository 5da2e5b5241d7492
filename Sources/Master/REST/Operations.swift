import ClusterModel
import Machine

/// The changes under way. A change goes on when its client does not wait for it any longer; the client gets a number to ask
/// with (reference §6.2). Only what was answered with 202 is remembered.
actor Operations {
    private enum Record {
        case running
        case finished(RESTAnswer, at: Duration)
    }

    private let time: MonotonicTime
    private var lastID = 0
    private var running = 0
    private var records: [Int: Record] = [:]
    /// Outcomes to forget, the oldest first.
    private var outcomes: [Int] = []
    private var outcomeBytes = 0

    /// Nothing is under way.
    init(time: MonotonicTime) {
        self.time = time
    }

    /// The answer of `change`, or after `patience` 202 with the number to ask for it.
    /// - Throws: 429 when `RESTLimits.operations` changes are under way already.
    func answer(
        patience: Duration, _ change: @escaping @Sendable () async -> RESTAnswer
    ) async throws(APIFailure) -> RESTAnswer {
        forgetOld()
        guard running < RESTLimits.operations else {
            throw APIFailure(429, .tooManyRequests, "\(running) changes are under way; try again")
        }
        lastID += 1
        running += 1
        let id = lastID
        records[id] = .running
        let (finished, finish) = AsyncStream<RESTAnswer>.makeStream(bufferingPolicy: .bufferingNewest(1))
        // Not a child of the request's task: a client that goes away takes no change back.
        Task {
            let answer = await change()
            self.finish(id, answer)
            finish.yield(answer)
            finish.finish()
        }
        if let answer = await Self.first(of: finished, within: patience, time) {
            forget(id)
            return answer
        }
        return .status(.working(operation: String(id)))
    }

    /// The numbers of what is under way or was finished lately, in their order.
    func ids() -> [String] {
        forgetOld()
        return records.keys.sorted().map { String($0) }
    }

    /// What became of operation `id`: its answer, 202, or `nil` when nothing is known of it.
    func outcome(of id: String) -> RESTAnswer? {
        forgetOld()
        switch Int(id).flatMap({ records[$0] }) {
        case .running: return .status(.working(operation: id))
        case .finished(let answer, _): return answer
        case nil: return nil
        }
    }

    private func finish(_ id: Int, _ answer: RESTAnswer) {
        running -= 1
        records[id] = .finished(answer, at: time.now())
        outcomes.append(id)
        outcomeBytes += answer.body.count
        forgetOld()
    }

    private func forgetOld() {
        let end = time.now() - RESTLimits.outcomeLife
        while let oldest = outcomes.first {
            guard case .finished(_, let finished) = records[oldest],
                finished > end && outcomeBytes <= RESTLimits.outcomeBytes
            else {
                forget(oldest)
                continue
            }
            return
        }
    }

    private func forget(_ id: Int) {
        if case .finished(let answer, _) = records.removeValue(forKey: id) { outcomeBytes -= answer.body.count }
        outcomes.removeAll { $0 == id }
    }

    private static func first(
        of answers: AsyncStream<RESTAnswer>, within patience: Duration, _ time: MonotonicTime
    ) async -> RESTAnswer? {
        await withTaskGroup(of: RESTAnswer?.self) { group in
            group.addTask { await answers.first { _ in true } }
            group.addTask {
                // Ends early only when the other one was first, or the client has gone.
                _ = try? await time.sleep(patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
