import NIOCore

extension EventLoopFuture where Value: Sendable {
    /// The future's outcome, as a value.
    func result() async -> Result<Value, any Error> {
        do {
            return .success(try await get())
        } catch {
            return .failure(error)
        }
    }

    /// The future's outcome, or a `CancellationError` as soon as the task is cancelled; the future itself goes on.
    func resultUnlessCancelled() async -> Result<Value, any Error> {
        let promise = eventLoop.makePromise(of: Value.self)
        // The first outcome counts: a promise takes no second one.
        cascade(to: promise)
        return await withTaskCancellationHandler {
            await promise.futureResult.result()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }
}

extension Result {
    /// The value, if there is one.
    var value: Success? {
        switch self {
        case .success(let value): value
        case .failure: nil
        }
    }
}
