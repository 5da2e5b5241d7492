/// A place in a text, both counted from 1; a column is counted in bytes for JSON and in characters for YAML.
public struct TextPosition: Sendable, Hashable {
    /// The line, 1 is the first.
    public var line: Int
    /// The column, 1 is the first.
    public var column: Int

    /// A place in a text.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

extension TextPosition {
    /// The place of the byte at `offset` of `text`, its column counted in bytes.
    init(in text: some RandomAccessCollection<UInt8>, offset: Int) {
        let before = text.prefix(offset)
        let lineLength = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
        self.init(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: lineLength + 1)
    }
}

extension TextPosition: CustomStringConvertible {
    /// `line 3, column 7`.
    public var description: String { "line \(line), column \(column)" }
}

/// Why a text is not what it should be: JSON, or YAML.
public struct TextError: Error, Sendable, Equatable {
    /// The kinds of fault a reader of texts tells apart.
    public enum Code: Sendable, Hashable, CaseIterable {
        /// The bytes are no UTF-8.
        case notUTF8
        /// The text breaks RFC 8259, or is not exactly one value.
        case notJSON
        /// Objects and arrays are nested deeper than `JSONText.depthLimit`.
        case tooDeep
        /// The text breaks YAML.
        case notYAML
        /// The aliases of a YAML document stand for more than `YAMLText.aliasedNodeLimit` nodes.
        case tooManyAliases
        /// An object or mapping has two members of one name.
        case duplicateKey
        /// YAML that JSON has no equal of: a key that is no scalar, an unknown tag, an infinite number.
        case notSupported
    }

    /// The kind of fault.
    public var code: Code
    /// What is wrong, in words, without the place.
    public var message: String
    /// Where, as far as it is known.
    public var position: TextPosition?

    /// A fault at `position`.
    public init(code: Code, message: String, position: TextPosition? = nil) {
        self.code = code
        self.message = message
        self.position = position
    }

    /// The fault's line from 1, where it is known.
    public var line: Int? { position?.line }
    /// The fault's column from 1, where it is known.
    public var column: Int? { position?.column }
}

extension TextError: CustomStringConvertible {
    /// `line 3, column 7: found a tab`.
    public var description: String {
        guard let position else { return message }
        return "\(position): \(message)"
    }
}

extension TextError {
    /// Throws `notUTF8` with the place of the first byte that is wrong.
    static func checkUTF8(_ bytes: [UInt8]) throws(TextError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let position = TextPosition(in: bytes, offset: error.byteOffsets.lowerBound)
            throw TextError(code: .notUTF8, message: "the text is not UTF-8", position: position)
        }
    }
}
