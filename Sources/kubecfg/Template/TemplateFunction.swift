import ClusterModel

/// The functions a template may call.
enum TemplateFunction: String {
    case and, or, not, eq, ne, lt, le, gt, ge, len, index, print, println, printf

    /// The function's value. Throws for arguments that do not fit.
    func apply(_ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
        switch self {
        case .and: return try some(arguments).first { !$0.isTrue } ?? arguments.last ?? .null
        case .or: return try some(arguments).first { $0.isTrue } ?? arguments.last ?? .null
        case .not: return .bool(try !one(arguments).isTrue)
        case .eq: return .bool(try pair(arguments).dropFirst().contains(arguments[0]))
        case .ne: return .bool(try !pair(arguments).dropFirst().contains(arguments[0]))
        case .lt: return .bool(try isOrdered(arguments) { $0 < 0 })
        case .le: return .bool(try isOrdered(arguments) { $0 <= 0 })
        case .gt: return .bool(try isOrdered(arguments) { $0 > 0 })
        case .ge: return .bool(try isOrdered(arguments) { $0 >= 0 })
        case .len: return .int(Int64(try length(try one(arguments))))
        case .index: return try indexed(arguments)
        case .print: return .string(arguments.map(\.templateText).joined())
        case .println: return .string(arguments.map(\.templateText).joined(separator: " ") + "\n")
        case .printf:
            guard case .string(let format)? = arguments.first else { throw TemplateError("printf needs a format") }
            return .string(try TemplateFormat.text(format, arguments.dropFirst()))
        }
    }

    private func some(_ arguments: [JSONValue]) throws(TemplateError) -> [JSONValue] {
        guard !arguments.isEmpty else { throw TemplateError("\(rawValue) needs an argument") }
        return arguments
    }

    private func one(_ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
        guard arguments.count == 1, let first = arguments.first else {
            throw TemplateError("\(rawValue) takes 1 argument, not \(arguments.count)")
        }
        return first
    }

    private func pair(_ arguments: [JSONValue]) throws(TemplateError) -> [JSONValue] {
        guard arguments.count >= 2 else { throw TemplateError("\(rawValue) needs 2 arguments") }
        return arguments
    }

    /// Whether two numbers or two texts are in an order; `accepts` gets -1, 0 or 1.
    private func isOrdered(_ arguments: [JSONValue], _ accepts: (Int) -> Bool) throws(TemplateError) -> Bool {
        guard arguments.count == 2 else { throw TemplateError("\(rawValue) needs 2 arguments") }
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): return accepts(left < right ? -1 : left > right ? 1 : 0)
        case (.double(let left), .double(let right)): return accepts(left < right ? -1 : left > right ? 1 : 0)
        case (.string(let left), .string(let right)):
            if left == right { return accepts(0) }
            return accepts(left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1)
        default: throw TemplateError("incompatible types for comparison")
        }
    }

    private func length(_ value: JSONValue) throws(TemplateError) -> Int {
        switch value {
        case .null: 0
        case .string(let text): text.utf8.count
        case .array(let elements): elements.count
        case .object(let object): object.members.count
        case .bool, .int, .double: throw TemplateError("len of \(value.text)")
        }
    }

    private func indexed(_ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
        var value = try some(arguments)[0]
        for key in arguments.dropFirst() {
            switch (value, key) {
            case (.array(let elements), .int(let number)):
                guard let position = Int(exactly: number), elements.indices.contains(position) else {
                    throw TemplateError("index out of range: \(number)")
                }
                value = elements[position]
            case (.object(let object), .string(let name)): value = object[name] ?? .null
            case (.null, _): throw TemplateError("index of nothing")
            default: throw TemplateError("can't index \(value.text) with \(key.text)")
            }
        }
        return value
    }
}

/// `printf`'s formats: `%v`, `%s`, `%d`, `%q`, `%t`, each with an optional width, `-` before it to fill on the right, and `%%`.
enum TemplateFormat {
    /// No column is wider.
    private static let widthLimit = 1000

    static func text(_ format: String, _ arguments: ArraySlice<JSONValue>) throws(TemplateError) -> String {
        var rest = format[...]
        var arguments = arguments
        var output = ""
        while let character = rest.popFirst() {
            guard character == "%" else {
                output.append(character)
                continue
            }
            let fillsRight = rest.first == "-"
            if fillsRight { rest.removeFirst() }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let verb = rest.popFirst(), let width = digits.isEmpty ? 0 : Int(digits), width <= widthLimit else {
                throw TemplateError("bad format \"\(format)\"")
            }
            if verb == "%" {
                output += "%"
                continue
            }
            guard let argument = arguments.popFirst() else { throw TemplateError("printf: no argument for %\(verb)") }
            let text = try text(verb, argument)
            let fill = String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
            output += fillsRight ? text + fill : fill + text
        }
        guard arguments.isEmpty else { throw TemplateError("printf: more arguments than \"\(format)\" takes") }
        return output
    }

    private static func text(_ verb: Character, _ value: JSONValue) throws(TemplateError) -> String {
        switch (verb, value) {
        case ("v", _), ("s", .string), ("s", .null), ("d", .int), ("t", .bool): value.templateText
        case ("q", .string), ("q", .null): JSONValue.string(value.templateText).text
        default: throw TemplateError("printf: %\(verb) of \(value.text)")
        }
    }
}
