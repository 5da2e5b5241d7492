import ClusterModel

/// Whether an image must be brought before a container is started (reference §2.9, the rules of 0.5).
enum ImageRule {
    /// What to do about the image of a container that is to start now.
    enum Step: Equatable {
        /// Start it and see: whether the image is there is told by the engine, which is quicker than asking first.
        case run
        case fetch
        /// It is being brought.
        case wait
        /// It could not be brought, and is tried again then.
        case backOff(Setback)
    }

    static func step(
        image: String, policy: ImagePullPolicy, memory: ContainerMemory.Image, now: Duration
    ) -> Step {
        let mayUsePresent = policy != .always && !memory.isAbsent
        let mustFetch = policy != .never && (!mayUsePresent || isLatest(image))
        guard mustFetch else { return .run }
        switch memory.phase {
        case .fetched: return .run
        case .fetching: return .wait
        case .idle: return .fetch
        case .failed:
            // `latest` is fetched to be fresh; without a registry the one that is here does.
            if mayUsePresent { return .run }
            guard let setback = memory.setback, now < setback.until else { return .fetch }
            return .backOff(setback)
        }
    }

    /// Whether the tag is literally `latest`; an image without a tag does not count.
    static func isLatest(_ image: String) -> Bool {
        let name = image.split(separator: "/").last ?? ""
        return !name.contains("@") && name.hasSuffix(":latest")
    }
}
