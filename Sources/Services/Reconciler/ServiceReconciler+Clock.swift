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
        let now = time.now()
        if let trouble {
            guard trouble.due <= now else { return }
            passRequested = true
        } else {
            let due = retries.filter { $0.value <= now }.map(\.key)
            for key in due { retries[key] = nil }
            markDirty(due)
            // A round that is under way goes first, and this one takes along what has changed since.
            if let lastPass, now - lastPass >= settings.verifyInterval { passRequested = true }
        }
        kick()
    }
}
