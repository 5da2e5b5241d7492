/// A line of the master: where in it the members of a request stand (PROTOCOL "Requests"); empty for what is not there.
struct SwarmRequest {
    /// What is asked for.
    enum Name {
        case auth, lead, watch, ping, begin, commit, apply, remove, set
        /// Known to an agent and not here.
        case other
    }

    private static let names: [(StaticString, Name)] = [
        ("apply", .apply), ("remove", .remove), ("set", .set), ("begin", .begin), ("commit", .commit), ("ping", .ping),
        ("lead", .lead), ("watch", .watch), ("auth", .auth),
    ]

    let line: JSONSkim
    private(set) var op = Name.other
    /// As it is written.
    private(set) var id: [UInt8] = []
    private(set) var kind: SwarmKind?
    /// Of a removal, without quotes.
    private(set) var namespace = 0..<0
    private(set) var name = 0..<0
    /// Of a set.
    private(set) var items = 0..<0
    private(set) var hasMore = false
    /// Of an `apply`.
    private(set) var object = 0..<0
    private(set) var version: UInt64 = 0
    private(set) var term: UInt64 = 0

    init(_ line: JSONSkim, _ text: Range<Int>) {
        self.line = line
        line.forEachMember(of: text) { key, value in
            if line.has(key, "op") {
                op = Self.names.first { line.has(Self.unquoted(value), $0.0) }?.1 ?? .other
            } else if line.has(key, "id") {
                id = Array(line.bytes[value])
            } else if line.has(key, "object") {
                object = value
            } else if line.has(key, "items") {
                items = value
            } else if line.has(key, "kind") {
                kind = SwarmKind(value, in: line)
            } else if line.has(key, "resourceVersion") {
                version = line.number(value)
            } else if line.has(key, "more") {
                hasMore = line.has(value, "true")
            } else if line.has(key, "name") {
                name = Self.unquoted(value)
            } else if line.has(key, "namespace") {
                namespace = Self.unquoted(value)
            } else if line.has(key, "term") {
                term = line.number(value)
            }
        }
    }

    /// The text between the quotes of the string at `range`.
    static func unquoted(_ range: Range<Int>) -> Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }
}
