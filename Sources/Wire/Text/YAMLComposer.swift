import ClusterModel

/// Makes documents of events.
struct YAMLComposer {
    /// A value with its place and what following an alias to it costs.
    private struct Node {
        var value: JSONValue
        var location: FieldLocation
        /// Nodes in it, itself included.
        var count = 1
        /// Levels of nesting it adds; 0 for a scalar.
        var height = 0

        /// Counts `child` in.
        mutating func take(_ child: Node) {
            count += child.count
            height = max(height, child.height + 1)
        }
    }

    private let events: YAMLEvents
    private var anchors: [String: Node] = [:]
    private var aliasedNodes = 0

    init(_ events: YAMLEvents) {
        self.events = events
    }

    /// Every document of the stream that is not empty.
    mutating func documents() throws(TextError) -> [LocatedDocument] {
        var documents: [LocatedDocument] = []
        while true {
            switch try events.next().content {
            case .streamEnd:
                return documents
            case .documentStart:
                anchors = [:]
                aliasedNodes = 0
                let root = try events.next()
                let node = try self.node(root, depth: 0)
                if !root.isEmptyText { documents.append(LocatedDocument(value: node.value, root: node.location)) }
            default:
                break
            }
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(TextError) -> Node {
        switch event.content {
        case .scalar(let text, let isPlain, let tag, let anchor):
            guard let value = YAMLScalar.value(text, isPlain: isPlain, tag: tag) else {
                throw fault(.notSupported, "'\(text.excerpt)' is no value JSON has; quote it if it is text", event)
            }
            return define(anchor, Node(value: value, location: FieldLocation(position: event.position)))
        case .sequenceStart(let tag, let anchor):
            try check(tag, is: "seq", event)
            return define(anchor, try sequence(event, depth: depth + 1))
        case .mappingStart(let tag, let anchor):
            try check(tag, is: "map", event)
            return define(anchor, try mapping(event, depth: depth + 1))
        case .alias(let anchor):
            return try node(aliased: anchor, event, depth: depth)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw fault(.notYAML, "a value is missing", event)
        }
    }

    private mutating func sequence(_ start: YAMLEvent, depth: Int) throws(TextError) -> Node {
        try checkDepth(depth, start)
        var sequence = Node(value: .null, location: FieldLocation(position: start.position), height: 1)
        var elements: [JSONValue] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.content { break }
            let element = try node(event, depth: depth)
            elements.append(element.value)
            sequence.location.elements.append(element.location)
            sequence.take(element)
        }
        sequence.value = .array(elements)
        return sequence
    }

    private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(TextError) -> Node {
        try checkDepth(depth, start)
        var mapping = Node(value: .null, location: FieldLocation(position: start.position), height: 1)
        var object = JSONObject()
        while true {
            let key = try events.next()
            if case .mappingEnd = key.content { break }
            guard case .scalar(let name, _, _, _) = key.content else {
                throw fault(.notSupported, "a name must be a plain or a quoted text", key)
            }
            if let first = mapping.location.members[name] {
                throw fault(.duplicateKey, "'\(name.excerpt)' is there already, on line \(first.position.line)", key)
            }
            var member = try node(try events.next(), depth: depth)
            member.location.position = key.position
            object.append(name, member.value)
            mapping.location.members[name] = member.location
            mapping.take(member)
        }
        mapping.value = .object(object)
        return mapping
    }

    /// The node an alias stands for. A node that contains its own alias is not defined yet when the alias is met.
    private mutating func node(aliased anchor: String, _ event: YAMLEvent, depth: Int) throws(TextError) -> Node {
        guard let node = anchors[anchor] else {
            throw fault(.notYAML, "the alias '*\(anchor.excerpt)' has no anchor before it", event)
        }
        try checkDepth(depth + node.height, event)
        aliasedNodes += node.count
        if aliasedNodes > YAMLText.aliasedNodeLimit {
            throw fault(.tooManyAliases, "aliases stand for more than \(YAMLText.aliasedNodeLimit) nodes", event)
        }
        return node
    }

    private mutating func define(_ anchor: String?, _ node: Node) -> Node {
        if let anchor { anchors[anchor] = node }
        return node
    }

    private func check(_ tag: String?, is name: String, _ event: YAMLEvent) throws(TextError) {
        guard let tag, tag != "!", tag != "tag:yaml.org,2002:\(name)" else { return }
        throw fault(.notSupported, "the tag '\(tag.excerpt)' is not supported", event)
    }

    private func checkDepth(_ depth: Int, _ event: YAMLEvent) throws(TextError) {
        guard depth > YAMLText.depthLimit else { return }
        throw fault(.tooDeep, "nested deeper than \(YAMLText.depthLimit) levels", event)
    }

    private func fault(_ code: TextError.Code, _ message: String, _ event: YAMLEvent) -> TextError {
        TextError(code: code, message: message, position: event.position)
    }
}

extension YAMLEvent {
    /// Whether nothing is written where a value may be.
    fileprivate var isEmptyText: Bool {
        if case .scalar("", isPlain: true, tag: nil, anchor: nil) = content { true } else { false }
    }
}

extension String {
    /// Enough of a text to find it by, whatever a file holds; in Unicode scalars, because one character may be megabytes of
    /// combining marks.
    fileprivate static let excerptLength = 40

    fileprivate var excerpt: String { String(unicodeScalars.prefix(Self.excerptLength)) }
}
