public import ClusterModel

/// Reads JSON texts (RFC 8259); the writer is `JSONValue.write(into:)`.
public enum JSONText {
    /// How deep objects and arrays may be nested (PROTOCOL "Framing and limits"); an API object needs 11 levels.
    public static let depthLimit = 64

    /// The one value `bytes` hold, the members of its objects in their order. A number is an `int` when it is written
    /// without fraction and exponent and fits 64 bits.
    ///
    /// Throws `notUTF8`, `notJSON`, `tooDeep` or `duplicateKey`, always with line and column.
    public static func parse(_ bytes: [UInt8]) throws(TextError) -> JSONValue {
        try TextError.checkUTF8(bytes)
        var parser = JSONParser(bytes)
        return try parser.document()
    }

    /// The values `bytes` hold one behind the other, with white space between them or nothing, as `cat` puts files together;
    /// none where there is only white space. Throws as `parse`.
    public static func parseAll(_ bytes: [UInt8]) throws(TextError) -> [JSONValue] {
        try TextError.checkUTF8(bytes)
        var parser = JSONParser(bytes)
        return try parser.documents()
    }
}
