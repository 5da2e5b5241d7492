/// Parts of the full set that were read before. A thousand minions are given the same megabytes, and to read them a thousand
/// times would take the swarm longer than it takes the master to send them: what counts is who has which version.
struct SharedParts {
    /// What a part said.
    struct Part {
        let kind: SwarmKind
        let version: UInt64
        let hasMore: Bool
        let objects: [(key: ObjectKey, version: UInt64)]
    }

    /// What is shorter is read as fast as it is recognised.
    private static let leastBytes = 1_024
    /// What a part begins with; its id follows.
    private static let beginning: StaticString = #"{"op":"set","id":"#
    /// Of several sets; when there are more, the older ones are of no use.
    private static let limit = 4_096

    /// By the hash of what stands behind the id, which is another one in every session.
    private var parts: [Int: Part] = [:]

    /// The hash of a part of a set; `nil` for another line, and a short one.
    static func hash(_ line: JSONSkim, _ text: Range<Int>) -> Int? {
        guard text.count >= leastBytes, line.begins(with: beginning, at: text.lowerBound),
            let end = line.bytes[(text.lowerBound + beginning.utf8CodeUnitCount)...].firstIndex(of: UInt8(ascii: ","))
        else { return nil }
        var hasher = Hasher()
        hasher.combine(text.upperBound - end)
        line.bytes.withUnsafeBytes {
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[end..<text.upperBound]))
        }
        return hasher.finalize()
    }

    /// The part with that hash, if it was read before.
    subscript(hash: Int) -> Part? { parts[hash] }

    /// Remembers what a part said.
    mutating func remember(_ part: Part, as hash: Int) {
        if parts.count >= Self.limit { parts = [:] }
        parts[hash] = part
    }
}
