/// One setting of a daemon: its spellings, its kind and its default. The daemon's `SettingTable` is the only place where a
/// setting is declared; flags, environment, file, `--check` and the documents follow from it.
public struct Setting: Sendable {
    /// What a value must look like.
    public enum Kind: Sendable, Equatable {
        case text
        case flag
        case integer(ClosedRange<Int>)
        /// One of a fixed list of words.
        case choice([String])
        /// A.B.C.D/LEN.
        case network
        /// A.B.C.D.
        case address
        /// Names or addresses of machines, joined by commas, each once; a file may write a sequence.
        case machines
        /// `http://` or `https://` URLs, joined by commas, each once; a file may write a sequence.
        case urls
    }

    /// The key in the configuration file, in camelCase.
    public let key: String
    /// What a value must look like.
    public let kind: Kind
    /// The value when nobody sets one; empty text means "none".
    public let fallback: String
    /// One sentence for `--check` and the man page.
    public let meaning: String
    /// Whether an empty value is allowed; it turns off what the setting is about.
    public let isOptional: Bool

    /// A setting. See the properties.
    public init(key: String, kind: Kind, fallback: String, meaning: String, isOptional: Bool = false) {
        self.key = key
        self.kind = kind
        self.fallback = fallback
        self.meaning = meaning
        self.isOptional = isOptional
    }

    /// The flag, `--state-dir` for `stateDir`.
    public var flag: String { "--" + separated(by: "-", lowercase: true) }
    /// The environment variable of a daemon whose variables begin with `prefix`: `MINION_STATE_DIR` for `stateDir`.
    func variable(_ prefix: String) -> String { prefix + separated(by: "_", lowercase: false) }

    private func separated(by separator: String, lowercase: Bool) -> String {
        var result = ""
        for character in key {
            if character.isUppercase { result += separator }
            result += lowercase ? character.lowercased() : character.uppercased()
        }
        return result
    }
}
