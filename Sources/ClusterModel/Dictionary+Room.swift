extension Dictionary {
    /// Gives back the room of a burst once little is left of it. A dictionary keeps what it once needed, and a master has
    /// several for each of a thousand minions. What has room for 128 entries or less is left alone, so that single changes
    /// cost nothing.
    package mutating func releaseRoom() {
        guard capacity > 128, count < capacity / 8 else { return }
        self = Dictionary(uniqueKeysWithValues: map { ($0.key, $0.value) })
    }
}
