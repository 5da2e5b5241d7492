import ClusterModel

/// Why a template is none, or does not fit an object.
struct TemplateError: Error, Equatable {
    var message: String

    init(_ message: String) { self.message = message }
}

/// A text with actions in it, in the part of Go's `text/template` that scripts use with kubecfg: `{{.id}}`, `{{.Items}}`,
/// `{{range}}`, `{{if}}`, `{{with}}`, `{{else}}`, `{{end}}`, `$`, variables, parentheses, pipes, and the
/// functions of `TemplateFunction`. Nested templates and every other function are refused when the template is read.
///
/// A field is found by its JSON name or by the name it had in the original's memory: letters in either case, `Name` for
/// `id`. A field that is not there prints as `<no value>` by its JSON name, as nothing by the other.
struct Template: Equatable {
    private let nodes: [TemplateNode]

    /// How deep actions may stand in actions.
    static let depthLimit = 32

    /// Reads a template.
    init(_ text: String) throws(TemplateError) {
        var parser = TemplateParser(try TemplateLexer.pieces(of: text))
        nodes = try parser.document()
    }

    /// The template filled from `object`.
    func text(of object: JSONObject) throws(TemplateError) -> String {
        var evaluation = TemplateEvaluation(root: .object(object))
        try evaluation.run(nodes, dot: .object(object))
        return evaluation.output
    }
}

/// A part of a template.
indirect enum TemplateNode: Equatable {
    case text(String)
    case output(TemplatePipeline)
    case block(Block, TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])

    /// What a block does with its pipeline's value.
    enum Block: String {
        /// Runs the body if the value is not empty.
        case `if`
        /// So too, with the value as dot.
        case with
        /// Runs the body with each element as dot.
        case range
    }
}

/// Commands, each given the value before it as its last argument.
struct TemplatePipeline: Equatable {
    var commands: [Command]
    /// What the value is called from here to the end of the block; of two names `range` gives the first to the place of an
    /// element.
    var variables: [String] = []

    /// A function with arguments, or one operand.
    struct Command: Equatable {
        var function: TemplateFunction?
        var operands: [Operand]
    }

    /// A value, and the fields followed from it.
    struct Operand: Equatable {
        /// Where a value comes from.
        indirect enum Source: Equatable {
            case dot
            /// The empty name is that of the whole object.
            case variable(String)
            case literal(JSONValue)
            case pipeline(TemplatePipeline)
        }

        var source: Source
        var fields: [String] = []
    }
}
