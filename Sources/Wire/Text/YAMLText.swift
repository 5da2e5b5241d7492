public import ClusterModel

/// Reads and writes YAML texts through libyaml. JSON is YAML: comments and trailing commas included, as v1beta1's servers
/// took it (reference §1.0).
public enum YAMLText {
    /// How deep mappings and sequences may be nested, aliases followed; that of JSON.
    public static let depthLimit = JSONText.depthLimit
    /// How many nodes the aliases of one document may stand for in all: nine aliases of nine aliases, nine times over, are a
    /// line each and a billion nodes; a manifest that shares its environment among containers needs hundreds.
    public static let aliasedNodeLimit = 10_000

    /// The documents of `bytes`; an empty one (nothing between two `---`, or only comments) is left out. Scalars mean what
    /// YAML 1.2's core schema says: `yes`, `on` and times are strings, `0o17` is a number. Members keep their order.
    ///
    /// Throws a `TextError` of any code but `notJSON`, always with line and column.
    public static func parse(_ bytes: [UInt8]) throws(TextError) -> [LocatedDocument] {
        try TextError.checkUTF8(bytes)
        return try bytes.withUnsafeBufferPointer { buffer throws(TextError) in
            var composer = YAMLComposer(try YAMLEvents(buffer))
            return try composer.documents()
        }
    }

    /// How strings are kept apart from what they look like.
    public enum Style: Sendable, CaseIterable {
        /// Single quotes around whatever YAML 1.1 or 1.2 would read as something else, times included.
        case careful
        /// Double quotes around what Go's library of 2014 read as something else, times not: as it, and so kubecfg, wrote
        /// them.
        case golang
    }

    /// `value` as one YAML document in block style, members in their order, ending in a line feed. A string that YAML 1.1 or
    /// 1.2 would read as something else is quoted.
    public static func write(_ value: JSONValue, style: Style = .careful) -> String {
        // The emitter fails only without memory; JSON is YAML too and needs no emitter.
        YAMLEmitter.write(value, style: style) ?? value.text + "\n"
    }
}
