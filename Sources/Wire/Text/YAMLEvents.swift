import CYAML

/// One event of libyaml's parser, copied out of its memory.
struct YAMLEvent {
    /// What the event says; tags are spelled out, `tag:yaml.org,2002:str`.
    enum Content {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(String, isPlain: Bool, tag: String?, anchor: String?)
        case sequenceStart(tag: String?, anchor: String?)
        case sequenceEnd
        case mappingStart(tag: String?, anchor: String?)
        case mappingEnd
    }

    var content: Content
    /// Where it begins.
    var position: TextPosition
}

/// The events of a text, by libyaml.
final class YAMLEvents {
    /// libyaml keeps pointers into the parser, so it must not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeBufferPointer<UInt8>

    /// `input` must be UTF-8 and outlive the events.
    init(_ input: UnsafeBufferPointer<UInt8>) throws(TextError) {
        self.input = input
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw TextError(code: .notYAML, message: "no memory for a YAML parser")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The next event; after `streamEnd` none may be asked for.
    func next() throws(TextError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(content: Self.content(of: event), position: TextPosition(event.start_mark))
    }

    private static func content(of event: yaml_event_t) -> YAMLEvent.Content {
        let data = event.data
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(text(data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                tag: text(scalar.tag), anchor: text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(tag: text(data.sequence_start.tag), anchor: text(data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(tag: text(data.mapping_start.tag), anchor: text(data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func fault() -> TextError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        let context = parser.pointee.context.map { "\(String(cString: $0)): " } ?? ""
        // The reader, which refuses characters, counts bytes and sets no mark.
        let isReaderFault = parser.pointee.error == YAML_READER_ERROR
        let position =
            isReaderFault
            ? TextPosition(in: input, offset: parser.pointee.problem_offset) : TextPosition(parser.pointee.problem_mark)
        return TextError(code: .notYAML, message: context + problem, position: position)
    }
}

extension TextPosition {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
