import Machine

/// Turns the words of iptables into a `FilterError`; the only place that knows them. Checked against iptables 1.8.9.
enum IptablesFailure {
    /// The error a run that did not exit with 0 means.
    /// - Parameter transaction: what was being applied; `nil` when the tables were only read.
    static func error(of output: CommandOutput, command: String, applying transaction: RuleTransaction?) -> FilterError
    {
        let text = output.errorText
        let words = oneLine(text)
        let ending =
            switch output.status {
            case .exited(let code): "exit code \(code)"
            case .signalled(let signal): "signal \(signal)"
            }
        let message = "\(command): \(words.isEmpty ? ending : words)"
        let code = code(of: text, isRefusable: transaction != nil)
        guard code == .refused, let transaction, let line = lineNumber(in: text) else {
            return FilterError(code: code, message: message)
        }
        return FilterError(
            code: code, message: message, suspect: IptablesText.addedRule(of: transaction, atLine: line))
    }

    /// The error a run that never ended by itself means.
    static func error(of failure: CommandError) -> FilterError {
        switch failure.code {
        case .notFound: FilterError(code: .notInstalled, message: failure.message)
        case .deadlineExceeded, .cancelled: FilterError(code: .timedOut, message: failure.message)
        case .outputTooLarge, .spawnFailed: FilterError(code: .failed, message: failure.message)
        }
    }

    private static func code(of text: String, isRefusable: Bool) -> FilterError.Code {
        if text.contains("holding the xtables lock") { return .locked }
        if text.contains("you must be root") || text.contains("Permission denied") { return .permissionDenied }
        // iptables-legacy-restore says the first whatever the reason is, and `line: 1` with it.
        let noTable = ["unable to initialize table", "do you need to insmod", "is incompatible, use 'nft' tool"]
        if noTable.contains(where: text.contains) { return .unsupported }
        return isRefusable && lineNumber(in: text) != nil ? .refused : .failed
    }

    /// The number after the first `line ` or `line: `, as in `line 3 failed`, `line 5: RULE_APPEND failed`,
    /// `Error occurred at line: 4`.
    private static func lineNumber(in text: String) -> Int? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        for (word, next) in zip(words, words.dropFirst()) where word == "line" || word == "line:" {
            if let number = Int(next.prefix { $0.isNumber }) { return number }
        }
        return nil
    }

    /// Without the advice to read the manual.
    private static func oneLine(_ text: String) -> String {
        text.split(separator: "\n").map { $0.trimmed }.filter { !$0.isEmpty && !$0.hasPrefix("Try `") }
            .joined(separator: "; ")
    }
}

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmed: Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
