import Logging

/// One log message with everything that was known about it, and its two renderings. Pure.
struct LogLine {
    var level: Logger.Level
    var message: String
    /// All of it: the logger's own, the provider's and the call's; later ones win.
    var metadata: [String: String]
    var file: String
    var function: String
    var line: UInt

    init(_ event: LogEvent, metadata own: Logger.Metadata, provider: Logger.MetadataProvider?) {
        var merged = own
        if let provided = provider?.get() { merged.merge(provided) { $1 } }
        if let called = event.metadata { merged.merge(called) { $1 } }
        if let error = event.error { merged["error"] = "\(error)" }
        level = event.level
        message = event.message.description
        metadata = merged.mapValues(\.description)
        file = event.file
        function = event.function
        line = event.line
    }

    /// `message key=value …`, the keys sorted. The event is left out: it has a field of its own, and says nothing that the
    /// message does not. Control characters are shown as `\n` or `\x1b`, so a value cannot forge a line or move a cursor;
    /// line breaks of the message itself stay if `keepsLineBreaks`.
    func text(keepsLineBreaks: Bool) -> String {
        var text = Self.escaped(message, except: keepsLineBreaks ? ["\n", "\t"] : [])
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != Self.eventKey {
            text += " \(Self.escaped(key))=\(Self.quoted(value))"
        }
        return text
    }

    /// What sd_journal_sendv(3) gets: one `NAME=value` each, systemd.journal-fields(7). Values may hold any byte.
    func journalFields(identifier: String) -> [[UInt8]] {
        var fields: [(name: String, value: String)] = [
            ("MESSAGE", text(keepsLineBreaks: true)),
            ("PRIORITY", "\(Self.priority(of: level))"),
            ("SYSLOG_IDENTIFIER", identifier),
            ("CODE_FILE", file),
            ("CODE_LINE", "\(line)"),
            ("CODE_FUNC", function),
        ]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            if key == Self.eventKey, let event = JournalEvent(named: value) {
                fields.append(("MESSAGE_ID", event.messageID))
            } else {
                fields.append((Self.fieldName(of: key), value))
            }
        }
        return fields.map { Array("\($0.name)=\($0.value)".utf8) }
    }

    static let eventKey = "event"
    /// Longer names are dropped by journald, with their whole field.
    static let fieldNameLimit = 64

    /// `MINION_` and the key in upper case; what journald does not take in a name (anything but A-Z, 0-9, _) becomes `_`.
    static func fieldName(of key: String) -> String {
        let name = key.uppercased().unicodeScalars.map { scalar in
            ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
        }
        return String(("MINION_" + String(name)).prefix(fieldNameLimit))
    }

    /// syslog(3). Trace has no number of its own.
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// As it is if that leaves no doubt where it ends, else in double quotes.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.properties.generalCategory != .control && $0 != "\"" && $0 != "\\"
        }
        if isPlain, !value.isEmpty { return value }
        return "\"" + escaped(value, quotes: true) + "\""
    }

    private static func escaped(
        _ text: String, quotes: Bool = false, except kept: Set<Unicode.Scalar> = []
    ) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where !kept.contains(scalar): result.append(contentsOf: "\\n".unicodeScalars)
            case "\"", "\\":
                if quotes { result.append("\\") }
                result.append(scalar)
            case _ where scalar.properties.generalCategory == .control && !kept.contains(scalar):
                let hex = String(scalar.value, radix: 16)
                result.append(contentsOf: ("\\x" + (hex.count < 2 ? "0" : "") + hex).unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
