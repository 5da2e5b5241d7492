/// What the flags of a command line can be: a parser for the rules of Go's `flag` package, which kubecfg was written with
/// and which ArgumentParser cannot do: one dash or two before a name of any length, `-c x` and `-c=x` alike, a switch takes
/// a value only after `=`, and the first word that is no flag ends them, as does `--`.
struct GoFlags {
    /// One flag.
    struct Flag: Equatable {
        /// What may follow the name.
        enum Value: Equatable {
            /// Nothing, or `=true`, `=false` and their short forms.
            case toggle
            /// Any text.
            case text
            /// A number, also `0x1f` and `017`.
            case number
            /// `1h2m3.5s`.
            case duration
            /// As a toggle, or `=raw`.
            case version
        }

        var name: String
        var value: Value
        /// The value where the flag is not given, as usage shows it.
        var initial: String
        var help: String
    }

    /// All of them.
    let flags: [Flag]

    /// The text of each flag's value, that of `Flag.initial` included, and the words after the flags.
    struct Parsed: Equatable {
        var values: [String: String]
        var words: [String]

        /// Whether a switch is on.
        func isOn(_ name: String) -> Bool { values[name] == "true" }
        /// The text of a flag; every flag has one.
        func text(_ name: String) -> String { values[name] ?? "" }
        /// A flag's span of time, which was one when it was parsed.
        func duration(_ name: String) -> Duration {
            do {
                return try GoDuration(text(name)).duration
            } catch {
                return .zero
            }
        }
    }

    /// Throws `Fatal` with status 2, as Go does, for an unknown flag, a missing value and a value of the wrong kind.
    func parse(_ arguments: [String]) throws(Fatal) -> Parsed {
        var values = Dictionary(flags.map { ($0.name, $0.initial) }, uniquingKeysWith: { first, _ in first })
        var rest = arguments[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument != "-" {
            rest.removeFirst()
            if argument == "--" { break }
            let body = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
            let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty, !name.hasPrefix("-") else {
                throw Fatal("bad flag syntax: \(argument)", status: Fatal.usageStatus)
            }
            guard let flag = flags.first(where: { $0.name == name }) else {
                throw Fatal("flag provided but not defined: -\(name)", status: Fatal.usageStatus)
            }
            var text = parts.count > 1 ? String(parts[1]) : nil
            if text == nil, flag.value.isOptional { text = "true" }
            if text == nil { text = rest.popFirst() }
            guard let text else {
                throw Fatal("flag needs an argument: -\(name)", status: Fatal.usageStatus)
            }
            do {
                values[flag.name] = try flag.value.normalised(text)
            } catch {
                let what = flag.value.isOptional ? "boolean value" : "value"
                let whose = flag.value.isOptional ? "-\(name)" : "flag -\(name)"
                throw Fatal(
                    "invalid \(what) \(GoStrconv.quoted(text)) for \(whose): \(error.message)",
                    status: Fatal.usageStatus)
            }
        }
        return Parsed(values: values, words: Array(rest))
    }

    /// One line per flag, in the order of their names: `  -c="": help`.
    var usage: String {
        flags.sorted { $0.name < $1.name }.map { flag in
            let initial = flag.value == .text ? "\"\(flag.initial)\"" : flag.initial
            return "  -\(flag.name)=\(initial): \(flag.help)\n"
        }.joined()
    }
}

extension GoFlags.Flag.Value {
    /// Whether the value may be left out.
    fileprivate var isOptional: Bool { self == .toggle || self == .version }

    /// The one spelling of a value. Throws when `text` is none.
    fileprivate func normalised(_ text: String) throws(GoStrconvError) -> String {
        switch self {
        case .text: return text
        case .number: return String(try GoStrconv.number(text, anyBase: true))
        case .duration:
            _ = try GoDuration(text)
            return text
        case .version where text == "raw": return text
        case .toggle, .version: return String(try GoStrconv.flag(text))
        }
    }
}
