/// Whether work is under way, and who waits for its end, for the actor that owns it: there is never more than one at work.
struct WorkCycle {
    private var isUnderWay = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Begins, where nobody is at work.
    /// - Returns: whether the caller has to work, until there is nothing left to do, and then to call `end`; else somebody
    ///   does.
    mutating func begin() -> Bool {
        guard !isUnderWay else { return false }
        isUnderWay = true
        return true
    }

    /// Ends, and tells who waited. Between the last look at what is to do and this the actor must not be left.
    mutating func end() {
        isUnderWay = false
        let done = waiters
        waiters = []
        for waiter in done { waiter.resume() }
    }

    /// Resumes `waiter` once nothing is left to do, which may be now.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>) {
        if isUnderWay { waiters.append(waiter) } else { waiter.resume() }
    }
}

/// Which pass of a reconciler is under way and whether another is due, for the actor that owns it: passes never overlap, and
/// what is asked for during one is met by the next.
struct PassCycle {
    /// Whether another pass was asked for since the last one began.
    private(set) var isDue = false
    private var work = WorkCycle()

    /// Asks for a pass.
    /// - Returns: whether the caller has to make passes as long as `next` says so; else somebody does.
    mutating func ask() -> Bool {
        isDue = true
        return work.begin()
    }

    /// Whether a pass is to be made now. After `false` nothing is left to do, and who waited for that is told.
    mutating func next() -> Bool {
        if isDue {
            isDue = false
            return true
        }
        work.end()
        return false
    }

    /// Resumes `waiter` once nothing is left to do, which may be now.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>) { work.wait(waiter) }
}
