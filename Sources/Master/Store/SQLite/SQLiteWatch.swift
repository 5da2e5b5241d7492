/// One reader of the change log: takes a batch when it is asked for more, and sleeps while there is nothing new.
actor SQLiteWatch {
    typealias Read = @Sendable (ChangeLog.Position) async throws(StoreError) -> ChangeLog.Batch

    private let signal: RevisionSignal
    private let read: Read
    private var position: ChangeLog.Position
    /// Not yet given out, the next one last.
    private var pending: [StoreEvent] = []

    /// - Parameter read: the next batch after a position.
    init(after revision: UInt64, signal: RevisionSignal, read: @escaping Read) {
        self.signal = signal
        self.read = read
        position = ChangeLog.Position(revision: revision)
    }

    /// Takes the first batch, so that `gone` is said before the stream begins.
    func begin() async throws(StoreError) {
        try await fill()
    }

    /// The next change, as soon as there is one; `nil` when the calling task is cancelled.
    func next() async throws(StoreError) -> StoreEvent? {
        while !Task.isCancelled {
            if let event = pending.popLast() { return event }
            await signal.wait(beyond: position.completed)
            if !Task.isCancelled { try await fill() }
        }
        return nil
    }

    private func fill() async throws(StoreError) {
        let batch = try await read(position)
        position = batch.position
        pending = batch.events.reversed()
    }
}
