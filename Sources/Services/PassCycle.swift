/// Which pass of a reconciler is under way and whether another is due, for the actor that owns it: passes never overlap, and
/// what is asked for during one is met by the next.
struct PassCycle {
    /// Whether passes are being made.
    private(set) var isWorking = false
    /// Whether another pass was asked for since the last one began.
    private(set) var isDue = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Asks for a pass.
    /// - Returns: whether the caller has to make passes as long as `next` says so; else somebody does.
    mutating func ask() -> Bool {
        isDue = true
        guard !isWorking else { return false }
        isWorking = true
        return true
    }

    /// Whether a pass is to be made now. After `false` nothing is left to do, and who waited for that is told.
    mutating func next() -> Bool {
        if isDue {
            isDue = false
            return true
        }
        isWorking = false
        let done = waiters
        waiters = []
        for waiter in done { waiter.resume() }
        return false
    }

    /// Resumes `waiter` once nothing is left to do; only while `isWorking`.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>) { waiters.append(waiter) }
}
