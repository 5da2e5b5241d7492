import ClusterModel

extension JSONValue {
    /// What it is, with its article: `a string`.
    var noun: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value in a sentence, shortened: a string in quotes, a list or object by its noun.
    var shown: String {
        switch self {
        case .array, .object: noun
        case .string(let string): "'\(string.shortened)'"
        case .null, .bool, .int, .double: text
        }
    }
}

extension String {
    /// How many characters of a peer's text an answer repeats: a peer may send megabytes.
    private static let repeatedLimit = 100

    /// The start of the text, with `…` where the rest was.
    var shortened: String {
        let start = prefix(Self.repeatedLimit)
        return start.endIndex == endIndex ? self : start + "…"
    }
}
