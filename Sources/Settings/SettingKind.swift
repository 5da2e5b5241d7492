import ClusterModel

extension Setting.Kind {
    /// What is wrong with `value`, in words that follow the setting's name; `nil` when nothing is.
    func complaint(about value: String, allowEmpty: Bool) -> String? {
        if value.isEmpty && allowEmpty { return nil }
        switch self {
        case .text:
            return value.isEmpty ? "must not be empty" : nil
        case .flag:
            return ["true", "false"].contains(value) ? nil : "must be true or false, was '\(value)'"
        case .integer(let range):
            if let number = Int(value), range.contains(number) { return nil }
            return "must be \(range.lowerBound)…\(range.upperBound), was '\(value)'"
        case .choice(let words):
            return words.contains(value) ? nil : "must be one of \(words.joined(separator: ", ")), was '\(value)'"
        case .network:
            return IPv4Network(value) == nil ? "must be a network like 10.11.0.0/16, was '\(value)'" : nil
        case .address:
            return IPv4Address(value) == nil ? "must be an IPv4 address, was '\(value)'" : nil
        case .machines:
            return Self.complaint(aboutList: value, of: "names or addresses of machines", isElement: Self.isMachine)
        case .urls:
            return Self.complaint(aboutList: value, of: "URLs like http://127.0.0.1:2379", isElement: Self.isURL)
        }
    }

    /// Whether a value is elements joined by commas.
    var isList: Bool { self == .machines || self == .urls }

    private static func complaint(
        aboutList value: String, of things: String, isElement: (Substring) -> Bool
    ) -> String? {
        let elements = value.split(separator: ",", omittingEmptySubsequences: false)
        if let wrong = elements.first(where: { !isElement($0) }) {
            return "must be \(things) joined by commas, '\(wrong)' is none"
        }
        let repeated = Dictionary(grouping: elements) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        return repeated.first.map { "names '\($0)' twice" }
    }

    /// A DNS subdomain (reference §1.0 "Name formats"), which an IPv4 address is too.
    private static func isMachine(_ text: Substring) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    }
            }
    }

    private static func isURL(_ text: Substring) -> Bool {
        ["http://", "https://"].contains { scheme in
            guard text.hasPrefix(scheme) else { return false }
            let rest = text.dropFirst(scheme.count)
            return !rest.isEmpty && rest.first != "/" && !rest.contains(where: \.isWhitespace)
        }
    }
}
