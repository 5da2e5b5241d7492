import ClusterModel

/// Makes nodes of pieces.
struct TemplateParser {
    private var pieces: ArraySlice<TemplateLexer.Piece>
    /// The variables there are here; the whole object is always one.
    private var scope = [""]

    init(_ pieces: [TemplateLexer.Piece]) {
        self.pieces = pieces[...]
    }

    /// What ended a list of nodes.
    private enum End: Equatable {
        case document
        /// `{{end}}`
        case block
        /// `{{else}}`, or `{{else if …}}` with what follows `else`.
        case otherwise([TemplateWord])
    }

    mutating func document() throws(TemplateError) -> [TemplateNode] {
        let (nodes, end) = try nodes(depth: 0)
        guard end == .document else { throw TemplateError("unexpected {{\(end == .block ? "end" : "else")}}") }
        return nodes
    }

    private mutating func nodes(depth: Int) throws(TemplateError) -> ([TemplateNode], End) {
        guard depth <= Template.depthLimit else { throw TemplateError("too many blocks in blocks") }
        var nodes: [TemplateNode] = []
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let words):
                guard case .identifier(let name)? = words.first?.token else {
                    nodes.append(.output(try pipeline(words[...])))
                    continue
                }
                if name == "end", words.count == 1 { return (nodes, .block) }
                if name == "else" { return (nodes, .otherwise(Array(words.dropFirst()))) }
                if let block = TemplateNode.Block(rawValue: name) {
                    nodes.append(try self.block(block, words.dropFirst(), depth: depth))
                } else {
                    nodes.append(.output(try pipeline(words[...])))
                }
            }
        }
        return (nodes, .document)
    }

    /// A block whose first action has been read.
    private mutating func block(
        _ block: TemplateNode.Block, _ words: ArraySlice<TemplateWord>, depth: Int
    ) throws(TemplateError) -> TemplateNode {
        let outer = scope.count
        defer { scope.removeLast(scope.count - outer) }
        let pipeline = try pipeline(words, most: block == .range ? 2 : 1)
        let (body, end) = try nodes(depth: depth + 1)
        guard case .otherwise(let condition) = end else {
            guard end == .block else { throw TemplateError("{{\(block.rawValue)}} without {{end}}") }
            return .block(block, pipeline, body: body, otherwise: [])
        }
        // `{{else if x}}…{{end}}` is `{{else}}{{if x}}…{{end}}{{end}}`.
        if let first = condition.first {
            guard block == .if, first.token == .identifier("if") else { throw TemplateError("bad {{else}}") }
            let nested = try self.block(.if, condition.dropFirst(), depth: depth + 1)
            return .block(block, pipeline, body: body, otherwise: [nested])
        }
        let (otherwise, last) = try nodes(depth: depth + 1)
        guard last == .block else { throw TemplateError("{{\(block.rawValue)}} without {{end}}") }
        return .block(block, pipeline, body: body, otherwise: otherwise)
    }

    /// Reads an action, which may name its value; `most` is how many names it may give.
    private mutating func pipeline(
        _ words: ArraySlice<TemplateWord>, most: Int = 1
    ) throws(TemplateError) -> TemplatePipeline {
        var words = words
        let variables = Self.declaration(&words)
        guard variables.count <= most else { throw TemplateError("too many declarations in an action") }
        for case .variable(let name) in words.map(\.token) where !scope.contains(name) {
            throw TemplateError("undefined variable \"$\(name)\"")
        }
        var pipeline = try Self.pipeline(&words, depth: 0)
        guard words.isEmpty else { throw TemplateError("unexpected \")\" in an action") }
        pipeline.variables = variables
        scope += variables
        return pipeline
    }

    /// Takes `$x :=` or `$i, $x :=` off the front of `words`.
    private static func declaration(_ words: inout ArraySlice<TemplateWord>) -> [String] {
        guard let end = words.firstIndex(where: { $0.token == .declare }) else { return [] }
        var names: [String] = []
        for (place, word) in words[..<end].enumerated() {
            switch word.token {
            // Anything else stays, and is refused as a command.
            case .variable(let name) where place.isMultiple(of: 2) && !name.isEmpty: names.append(name)
            case .comma where !place.isMultiple(of: 2): continue
            default: return []
            }
        }
        guard names.count * 2 - 1 == end - words.startIndex else { return [] }
        words = words[(end + 1)...]
        return names
    }

    /// Reads up to the end of `words` or a `)`, which is left.
    private static func pipeline(
        _ words: inout ArraySlice<TemplateWord>, depth: Int
    ) throws(TemplateError) -> TemplatePipeline {
        guard depth <= Template.depthLimit else { throw TemplateError("too many parentheses in parentheses") }
        var commands: [TemplatePipeline.Command] = []
        while true {
            commands.append(try command(&words, isFirst: commands.isEmpty, depth: depth))
            guard words.first?.token == .pipe else { return TemplatePipeline(commands: commands) }
            words.removeFirst()
        }
    }

    private static func command(
        _ words: inout ArraySlice<TemplateWord>, isFirst: Bool, depth: Int
    ) throws(TemplateError) -> TemplatePipeline.Command {
        var function: TemplateFunction?
        if case .identifier(let name)? = words.first?.token {
            function = TemplateFunction(rawValue: name)
            guard function != nil else { throw TemplateError("function \"\(name)\" not defined") }
            words.removeFirst()
        }
        var operands: [TemplatePipeline.Operand] = []
        while let word = words.first, word.token != .pipe, word.token != .close {
            words.removeFirst()
            if case .fields(let names) = word.token, word.touches, let last = operands.indices.last, !names.isEmpty {
                operands[last].fields += names
                continue
            }
            operands.append(try operand(word.token, &words, depth: depth))
        }
        guard function != nil || !operands.isEmpty else { throw TemplateError("missing value for command") }
        guard function != nil || (operands.count == 1 && isFirst) else {
            throw TemplateError("only a function can be given arguments")
        }
        return TemplatePipeline.Command(function: function, operands: operands)
    }

    private static func operand(
        _ token: TemplateToken, _ words: inout ArraySlice<TemplateWord>, depth: Int
    ) throws(TemplateError) -> TemplatePipeline.Operand {
        switch token {
        case .fields(let names): return .init(source: .dot, fields: names)
        case .variable(let name): return .init(source: .variable(name))
        case .literal(let value): return .init(source: .literal(value))
        case .open:
            let pipeline = try pipeline(&words, depth: depth + 1)
            guard words.popFirst()?.token == .close else { throw TemplateError("unclosed left paren") }
            return .init(source: .pipeline(pipeline))
        case .identifier(let name): throw TemplateError("\"\(name)\" cannot be an argument; use parentheses")
        case .close, .pipe: throw TemplateError("missing value for command")
        case .declare, .comma: throw TemplateError("unexpected declaration in an action")
        }
    }
}
