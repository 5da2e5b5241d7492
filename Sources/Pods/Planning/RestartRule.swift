import ClusterModel

/// Whether a container that does not run is to run (reference §2.5).
enum RestartRule {
    /// Decided from the newest dead instance of the wanted spec; one of another spec says nothing about this one. A
    /// container we ended ourselves to start it anew is to run: after a changed pod whatever the policy says, after a lost
    /// network unless the policy lets it run only once.
    static func wantsStart(
        policy: RestartPolicy, newestExit: ObservedContainer.Exit?, replacement: StopPurpose?
    ) -> Bool {
        guard let newestExit else { return true }
        switch (replacement, policy) {
        case (.replace, _), (.rebuild, .always), (.rebuild, .onFailure): return true
        case (_, .always): return true
        case (_, .onFailure): return newestExit.code != 0
        case (_, .never): return false
        }
    }
}

extension ObservedContainer.Exit {
    /// `exited with 137 (out of memory)`.
    var words: String {
        let detail = outOfMemory ? "out of memory" : error
        return "exited with \(code)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}
