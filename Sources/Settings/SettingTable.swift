/// The settings of one daemon, and where it looks for their values.
public struct SettingTable: Sendable {
    /// What the names of its environment variables begin with: `MINION_`.
    public let prefix: String
    /// Longer prefixes of variables that are said to somebody else and ignored.
    public let strangers: [String]
    /// Where the daemon looks when no file is named; a missing file there is no error.
    public let defaultFile: String
    /// Every setting there is, in the order `--check` prints them.
    public let settings: [Setting]

    /// A table. See the properties.
    public init(prefix: String, strangers: [String] = [], defaultFile: String, settings: [Setting]) {
        self.prefix = prefix
        self.strangers = strangers
        self.defaultFile = defaultFile
        self.settings = settings
    }

    /// The setting called `key` in the file, or `nil`.
    public func named(_ key: String) -> Setting? { settings.first { $0.key == key } }
}
