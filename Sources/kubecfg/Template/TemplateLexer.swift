import ClusterModel

/// A word of an action.
enum TemplateToken: Equatable {
    case identifier(String)
    /// `.`, or `.a.b` with its names.
    case fields([String])
    /// `$x`; `$` has the empty name.
    case variable(String)
    /// `:=`
    case declare
    case comma
    case literal(JSONValue)
    case open, close, pipe
}

/// A token and whether it touches the one before it: `(x).a` is a field of `x`, `(x) .a` are two operands.
struct TemplateWord: Equatable {
    var token: TemplateToken
    var touches: Bool
}

/// Cuts a template into texts and actions.
struct TemplateLexer {
    /// A text, or the words of an action.
    enum Piece: Equatable {
        case text(String)
        case action([TemplateWord])
    }

    private var rest: Substring

    /// The pieces of a template. `{{- ` and ` -}}` take the white space beside them; comments are no pieces.
    static func pieces(of template: String) throws(TemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = template[...]
        var trims = false
        while let start = rest.range(of: "{{") {
            var text = rest[..<start]
            rest = rest[start...].dropFirst(2)
            if trims { text = text.drop(while: \.isWhitespace) }
            if rest.hasPrefix("- ") {
                while text.last?.isWhitespace == true { text.removeLast() }
                rest.removeFirst(2)
            }
            if !text.isEmpty { pieces.append(.text(String(text))) }
            if rest.hasPrefix("/*") {
                guard let end = rest.range(of: "*/") else { throw TemplateError("unclosed comment") }
                rest = rest[end...].dropFirst(2)
                trims = rest.hasPrefix(" -")
                rest = rest.dropFirst(trims ? 2 : 0)
                guard rest.hasPrefix("}}") else { throw TemplateError("a comment must end its action") }
                rest.removeFirst(2)
                continue
            }
            var lexer = TemplateLexer(rest: rest)
            let (words, endTrims) = try lexer.action()
            pieces.append(.action(words))
            (rest, trims) = (lexer.rest, endTrims)
        }
        if trims { rest = rest.drop(while: \.isWhitespace) }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// The words up to `}}`, and whether that takes the white space after it.
    private mutating func action() throws(TemplateError) -> ([TemplateWord], Bool) {
        var words: [TemplateWord] = []
        while true {
            let spaces = rest.prefix(while: \.isWhitespace).count
            rest = rest.dropFirst(spaces)
            if rest.hasPrefix("}}") {
                rest.removeFirst(2)
                return (words, false)
            }
            if spaces > 0, rest.hasPrefix("-}}") {
                rest.removeFirst(3)
                return (words, true)
            }
            words.append(TemplateWord(token: try token(), touches: spaces == 0))
        }
    }

    private mutating func token() throws(TemplateError) -> TemplateToken {
        guard let first = rest.first else { throw TemplateError("unclosed action") }
        switch first {
        case "(": return take(.open)
        case ")": return take(.close)
        case "|": return take(.pipe)
        case ",": return take(.comma)
        case ":" where rest.hasPrefix(":="):
            rest.removeFirst()
            return take(.declare)
        case ".": return .fields(fields())
        case "\"": return .literal(.string(try quoted()))
        case "`": return .literal(.string(try raw()))
        case "$":
            rest.removeFirst()
            return .variable(identifier())
        case "-", "0"..."9":
            let digits = rest.prefix { $0.isNumber || $0 == "-" }
            guard let number = Int64(digits) else { throw TemplateError("bad number: \(digits)") }
            rest = rest.dropFirst(digits.count)
            return .literal(.int(number))
        default:
            let name = identifier()
            guard !name.isEmpty else { throw TemplateError("unexpected \"\(first)\" in an action") }
            return name == "true" || name == "false" ? .literal(.bool(name == "true")) : .identifier(name)
        }
    }

    private mutating func take(_ token: TemplateToken) -> TemplateToken {
        rest.removeFirst()
        return token
    }

    private mutating func identifier() -> String {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    private mutating func fields() -> [String] {
        var names: [String] = []
        while rest.first == "." {
            rest.removeFirst()
            let name = identifier()
            if name.isEmpty { break }
            names.append(name)
        }
        return names
    }

    private mutating func raw() throws(TemplateError) -> String {
        let body = rest.dropFirst().prefix { $0 != "`" }
        rest = rest.dropFirst(body.count + 1)
        guard !rest.isEmpty else { throw TemplateError("unterminated raw quoted string") }
        rest.removeFirst()
        return String(body)
    }

    private mutating func quoted() throws(TemplateError) -> String {
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst(), !character.isNewline {
            if character == "\"" { return text }
            guard character == "\\" else {
                text.append(character)
                continue
            }
            let escapes: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r", "\\": "\\", "\"": "\"", "'": "'"]
            guard let escaped = rest.popFirst(), let meant = escapes[escaped] else {
                throw TemplateError("bad escape in a quoted string")
            }
            text.append(meant)
        }
        throw TemplateError("unterminated quoted string")
    }
}

extension Substring {
    /// Where `mark` begins for the first time.
    fileprivate func range(of mark: String) -> Index? {
        indices.first { self[$0...].hasPrefix(mark) }
    }
}
