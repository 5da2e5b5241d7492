/// One pass over the bytes of a JSON text, before a parser recurses into it: brackets pair up, are not nested deeper than
/// the bound, no comma is left hanging, and strings end. It keeps hostile depth away from the parser's stack and knows the
/// place of the commonest faults, which Foundation's decoder does not tell; the grammar's rest is left to the decoder.
struct JSONShape {
    private let bytes: [UInt8]
    private var index = 0
    private var openBrackets: [UInt8] = []
    /// The last byte outside strings that is not white space.
    private var previous: UInt8 = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Throws `tooDeep` or `notJSON` with the place.
    static func check(_ bytes: [UInt8], depthLimit: Int) throws(TextError) {
        var shape = JSONShape(bytes)
        try shape.scan(depthLimit: depthLimit)
    }

    private mutating func scan(depthLimit: Int) throws(TextError) {
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                openBrackets.append(byte)
                if openBrackets.count > depthLimit {
                    throw fault("nested deeper than \(depthLimit) levels", code: .tooDeep)
                }
            case UInt8(ascii: "}"): try close(UInt8(ascii: "{"))
            case UInt8(ascii: "]"): try close(UInt8(ascii: "["))
            case 0: throw fault("found a NUL byte")
            default: break
            }
            if !Self.isWhiteSpace(byte) { previous = byte }
            index += 1
        }
        if previous == 0 { throw TextError(code: .notJSON, message: "the text is empty") }
        if let open = openBrackets.last { throw fault("the text ends before its last '\(Self.show(open))' is closed") }
    }

    private mutating func close(_ opening: UInt8) throws(TextError) {
        guard openBrackets.popLast() == opening else {
            throw fault("'\(Self.show(bytes[index]))' closes nothing that is open here")
        }
        if previous == UInt8(ascii: ",") { throw fault("a comma stands before '\(Self.show(bytes[index]))'") }
    }

    /// Leaves `index` on the closing quote.
    private mutating func skipString() throws(TextError) {
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] < 0x20 { throw fault("a string holds a raw control character; write it as \\u00XX") }
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        if index >= bytes.count {
            index = start
            throw fault("this string does not end")
        }
    }

    private func fault(_ message: String, code: TextError.Code = .notJSON) -> TextError {
        TextError(code: code, message: message, position: TextPosition(in: bytes, offset: index))
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private static func show(_ byte: UInt8) -> Character { Character(Unicode.Scalar(byte)) }
}
