import Machine

extension ServiceReconciler {
    /// Compares with the kernel every `verifyInterval` and tries again what failed, until the task is cancelled. A round that
    /// is under way then still ends, within the deadlines of its commands.
    public func run() async {
        while !Task.isCancelled {
            do {
                try await time.sleep(settings.tick)
            } catch {
                return
            }
            startWhatIsDue()
        }
    }

    private func startWhatIsDue() {
        guard hasBegun else { return }
        // What falls due before the next look is nearer than this one is done now; else every sleep that lasts a little longer
        // than asked would put things off by a whole tick.
        let horizon = time.now() + settings.tick / 2
        if let trouble {
            guard trouble.due <= horizon else { return }
            passRequested = true
        } else {
            let due = retries.filter { $0.value <= horizon }.map(\.key)
            for key in due { retries[key] = nil }
            markDirty(due)
            // A round that is under way goes first, and this one takes along what has changed since.
            if let verifyDue, verifyDue <= horizon { passRequested = true }
        }
        kick()
    }
}
