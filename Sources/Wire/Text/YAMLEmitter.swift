import CYAML
import ClusterModel

/// Writes values through libyaml's emitter.
struct YAMLEmitter {
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    private let style: YAMLText.Style

    /// The document of `value`; `nil` when libyaml fails, which it does without memory only.
    static func write(_ value: JSONValue, style: YAMLText.Style) -> String? {
        let emitter = UnsafeMutablePointer<yaml_emitter_t>.allocate(capacity: 1)
        defer { emitter.deallocate() }
        guard yaml_emitter_initialize(emitter) == 1 else { return nil }
        defer { yaml_emitter_delete(emitter) }
        yaml_emitter_set_unicode(emitter, 1)
        yaml_emitter_set_width(emitter, -1)  // Lines are not folded: a reader by eye and by grep wants them whole.

        var output: [UInt8] = []
        // The emitter is used inside the closure only, so the pointer to `output` outlives every call of the handler.
        let isWritten = withUnsafeMutablePointer(to: &output) { output in
            yaml_emitter_set_output(emitter, appendToOutput, output)
            return YAMLEmitter(emitter: emitter, style: style).document(value)
        }
        return isWritten ? String(decoding: output, as: UTF8.self) : nil
    }

    private func document(_ value: JSONValue) -> Bool {
        emit { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
            && emit { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
            && node(value)
            && emit { yaml_document_end_event_initialize($0, 1) }
            && emit { yaml_stream_end_event_initialize($0) }
    }

    private func node(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .int, .double: scalar(value.text, YAML_PLAIN_SCALAR_STYLE)
        case .string(let text): string(text)
        case .array(let elements):
            emit { yaml_sequence_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
                && elements.allSatisfy(node)
                && emit { yaml_sequence_end_event_initialize($0) }
        case .object(let object):
            emit { yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
                && object.members.allSatisfy { string($0.key) && node($0.value) }
                && emit { yaml_mapping_end_event_initialize($0) }
        }
    }

    private func string(_ text: String) -> Bool {
        if text.contains("\n") { return scalar(text, YAML_LITERAL_SCALAR_STYLE) }
        let (isPlain, quotes) =
            switch style {
            case .careful: (YAMLPlainText.isSafe(text), YAML_SINGLE_QUOTED_SCALAR_STYLE)
            case .golang: (YAMLPlainText.isPlainInGo(text), YAML_DOUBLE_QUOTED_SCALAR_STYLE)
            }
        return scalar(text, isPlain ? YAML_PLAIN_SCALAR_STYLE : quotes)
    }

    /// libyaml takes the next stronger style where `style` cannot hold the text.
    private func scalar(_ text: String, _ style: yaml_scalar_style_t) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            emit { yaml_scalar_event_initialize($0, nil, nil, bytes.baseAddress, Int32(bytes.count), 1, 1, style) }
        }
    }

    /// The emitter takes the event's memory, also when it fails.
    private func emit(_ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32) -> Bool {
        var event = yaml_event_t()
        return initialize(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1
    }
}

private func appendToOutput(
    _ data: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UInt8>?, _ size: Int
) -> Int32 {
    guard let data, let buffer else { return 0 }
    data.assumingMemoryBound(to: [UInt8].self).pointee.append(
        contentsOf: UnsafeBufferPointer(start: buffer, count: size))
    return 1
}

/// Which texts may stand without quotes.
enum YAMLPlainText {
    /// Words that mean a truth value or a merge to readers of YAML 1.1, which most still are.
    private static let olderWords: Set<String> = ["y", "n", "yes", "no", "on", "off", "<<", "="]

    /// The letters numbers and times are written with: `0xFF`, `1e9`, `0o17`, `2014-10-21T09:30:00Z`.
    private static let numberLetters: Set<Character> = Set("abcdefABCDEFoxTZ")

    /// Whether `text` without quotes is that text again, to readers of YAML 1.1 as well: no number (`1_000`, `1:30` and
    /// `0b1` are, there), no time, no word. An IPv4 address is text to all of them.
    static func isSafe(_ text: String) -> Bool {
        guard YAMLScalar.plain(text) == .string(text), !olderWords.contains(text.lowercased()) else { return false }
        let startsAsNumber = text.first.map { "+-.0123456789".contains($0) } ?? false
        let isWord = text.contains { $0.isLetter && !numberLetters.contains($0) }
        return !startsAsNumber || isWord || IPv4Address(text) != nil
    }

    /// What Go's library of 2014 read as a truth value, in these spellings only, or as a merge.
    private static let goWords: Set<String> = [
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "<<",
    ]

    /// Whether Go's library of 2014 wrote `text` without quotes: it read it as a text again, and so does this reader. A time
    /// was a text to it, and so was whatever only begins as a number, as many a UUID does.
    static func isPlainInGo(_ text: String) -> Bool {
        guard YAMLScalar.plain(text) == .string(text), !goWords.contains(text) else { return false }
        guard let first = text.first, "+-.0123456789".contains(first) else { return true }
        let digits = text.filter { $0 != "_" }
        let binary = digits.drop { $0 == "-" }
        let isBinary = binary.hasPrefix("0b") && Int(binary.dropFirst(2), radix: 2) != nil
        return Double(digits) == nil && !isBinary && !isSexagesimal(text)
    }

    /// Whether `text` is a number of YAML 1.1 with the base 60: `1:30`, `-1_0:05:59.5`.
    private static func isSexagesimal(_ text: String) -> Bool {
        var places = text.split(separator: ":", omittingEmptySubsequences: false)
        guard places.count > 1, let last = places.popLast() else { return false }
        let fraction = last.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let inner = places.dropFirst() + fraction.prefix(1)
        let head = places[0].drop { $0 == "-" || $0 == "+" }
        return places[0].count - head.count < 2 && head.first.map(isDigit) == true
            && (head + fraction.dropFirst().joined()).allSatisfy { isDigit($0) || $0 == "_" }
            && inner.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(isDigit) && ($0.count == 1 || $0 < "6") }
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
