import ClusterModel

/// Fills a template.
struct TemplateEvaluation {
    private(set) var output = ""
    /// The later ones hide the earlier ones of the same name; the first is the whole object, without a name.
    private var variables: [(name: String, value: JSONValue)]

    init(root: JSONValue) {
        variables = [("", root)]
    }

    mutating func run(_ nodes: [TemplateNode], dot: JSONValue) throws(TemplateError) {
        for node in nodes {
            switch node {
            case .text(let text): output += text
            case .output(let pipeline):
                let value = try value(of: pipeline, dot: dot)
                guard pipeline.variables.isEmpty else {
                    declare(pipeline.variables, [value])
                    continue
                }
                output += value == .null && !pipeline.namesGoField ? "<no value>" : value.templateText
            case .block(let block, let pipeline, let body, let otherwise):
                let outer = variables.count
                defer { variables.removeLast(variables.count - outer) }
                let value = try value(of: pipeline, dot: dot)
                if block != .range { declare(pipeline.variables, [value]) }
                guard value.isTrue else {
                    try run(otherwise, dot: dot)
                    continue
                }
                switch block {
                case .if: try run(body, dot: dot)
                case .with: try run(body, dot: value)
                case .range:
                    for (place, element) in try value.ranged {
                        declare(pipeline.variables, [place, element])
                        try run(body, dot: element)
                        variables.removeLast(variables.count - outer)
                    }
                }
            }
        }
    }

    /// Names the last of `values`.
    private mutating func declare(_ names: [String], _ values: [JSONValue]) {
        variables += zip(names, values.suffix(names.count)).map { ($0, $1) }
    }

    private func value(of pipeline: TemplatePipeline, dot: JSONValue) throws(TemplateError) -> JSONValue {
        var previous: [JSONValue] = []
        for command in pipeline.commands {
            var arguments: [JSONValue] = []
            for operand in command.operands { arguments.append(try value(of: operand, dot: dot)) }
            arguments += previous
            previous = [try command.function?.apply(arguments) ?? arguments.first ?? .null]
        }
        return previous.first ?? .null
    }

    private func value(of operand: TemplatePipeline.Operand, dot: JSONValue) throws(TemplateError) -> JSONValue {
        var value =
            switch operand.source {
            case .dot: dot
            case .variable(let name): variables.last { $0.name == name }?.value ?? .null
            case .literal(let literal): literal
            case .pipeline(let pipeline): try self.value(of: pipeline, dot: dot)
            }
        for name in operand.fields { value = try value.field(name) }
        return value
    }
}

extension JSONValue {
    /// A field of an object, `null` where it is not there; of `null` too, as an empty object is not written.
    fileprivate func field(_ name: String) throws(TemplateError) -> JSONValue {
        switch self {
        case .null: return .null
        case .object(let object):
            if let value = object[name] { return value }
            let lowered = name.lowercased()
            if let member = object.members.first(where: { $0.key.lowercased() == lowered }) { return member.value }
            return name == "Name" ? object["id"] ?? .null : .null
        default: throw TemplateError("can't evaluate field \(name) in \(text)")
        }
    }

    /// What `range` walks over, each with its place: elements, or members' values in the order of their names.
    fileprivate var ranged: [(place: JSONValue, element: JSONValue)] {
        get throws(TemplateError) {
            switch self {
            case .array(let elements): return elements.enumerated().map { (.int(Int64($0)), $1) }
            case .object(let object): return object.membersByName.map { (.string($0.key), $0.value) }
            default: throw TemplateError("range can't iterate over \(text)")
            }
        }
    }

    /// Go's notion: neither false, nor 0, nor empty.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let object): !object.members.isEmpty
        }
    }

    /// As Go prints values: `[a b]`, `map[k:v]`, `<nil>` in them; nothing for `null` by itself. Whole numbers keep all their
    /// digits.
    var templateText: String {
        switch self {
        case .null: ""
        case .string(let string): string
        case .bool, .int, .double: text
        case .array(let elements): "[" + elements.map(\.innerText).joined(separator: " ") + "]"
        case .object(let object):
            "map[" + object.membersByName.map { "\($0.key):\($0.value.innerText)" }.joined(separator: " ") + "]"
        }
    }
}

extension JSONValue {
    fileprivate var innerText: String { self == .null ? "<nil>" : templateText }
}

extension TemplatePipeline {
    /// Whether the value is that of a field under the name it had in the original's memory, which began with a capital: such a
    /// field was there also when the wire leaves it out, and was empty then. A name of the wire's was not there.
    fileprivate var namesGoField: Bool {
        commands.last?.operands.last?.fields.last?.first?.isUppercase ?? false
    }
}

extension JSONObject {
    fileprivate var membersByName: [Member] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
