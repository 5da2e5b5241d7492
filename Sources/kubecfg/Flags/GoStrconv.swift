import ClusterModel

/// Why Go's standard library did not take a text, in the words of Go 1.3, which kubecfg was built with.
struct GoStrconvError: Error, Equatable {
    var message: String
}

/// Texts as Go's `strconv` reads them.
enum GoStrconv {
    /// A whole number: decimal, or with `anyBase` also `0x1f` and `017`.
    static func number(_ text: String, anyBase: Bool = false) throws(GoStrconvError) -> Int {
        let sign = text.hasPrefix("-") || text.hasPrefix("+") ? text.prefix(1) : ""
        var digits = text.dropFirst(sign.count)
        var radix = 10
        if anyBase, digits.lowercased().hasPrefix("0x") {
            (digits, radix) = (digits.dropFirst(2), 16)
        } else if anyBase, digits.count > 1, digits.hasPrefix("0") {
            (digits, radix) = (digits.dropFirst(), 8)
        }
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && ($0.hexDigitValue ?? radix) < radix }
        guard isNumber else { throw failure("ParseInt", text, "invalid syntax") }
        guard let number = Int(sign + digits, radix: radix) else {
            throw failure("ParseInt", text, "value out of range")
        }
        return number
    }

    /// A truth value.
    static func flag(_ text: String) throws(GoStrconvError) -> Bool {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: throw failure("ParseBool", text, "invalid syntax")
        }
    }

    /// `text` between quotes.
    static func quoted(_ text: String) -> String { JSONValue.string(text).text }

    private static func failure(_ function: String, _ text: String, _ reason: String) -> GoStrconvError {
        GoStrconvError(message: "strconv.\(function): parsing \(quoted(text)): \(reason)")
    }
}
