/// The effective settings of a table by key, for a daemon's typed configuration.
///
/// Nothing here fails: `ConfigLoader` has seen to it that every value is valid for its setting's kind. A key that is in no
/// table reads as empty.
public struct SettingValues: Sendable {
    private let settings: [String: EffectiveSetting]

    /// The settings as `SettingTable.effective` gives them.
    public init(_ settings: [EffectiveSetting]) {
        self.settings = Dictionary(uniqueKeysWithValues: settings.map { ($0.setting.key, $0) })
    }

    /// As it was written; empty where nothing was said and there is no default.
    public func text(_ key: String) -> String { settings[key]?.value ?? "" }

    /// `nil` for the empty value, which turns off what the setting is about.
    public func optional(_ key: String) -> String? { text(key).isEmpty ? nil : text(key) }

    /// Of the kind `integer`.
    public func number(_ key: String) -> Int { Int(text(key)) ?? 0 }

    /// Of the kind `integer`, in seconds.
    public func seconds(_ key: String) -> Duration { .seconds(number(key)) }

    /// Of the kind `flag`.
    public func flag(_ key: String) -> Bool { text(key) == "true" }

    /// The elements of the kinds `machines` and `urls`.
    public func list(_ key: String) -> [String] { text(key).split(separator: ",").map(String.init) }

    /// Whether somebody set it.
    public func isChosen(_ key: String) -> Bool { settings[key].map { $0.origin != .builtIn } ?? false }

    /// What is wrong with a value that is valid by itself, at the place it comes from.
    public func problem(_ key: String, _ message: String) -> ConfigError {
        ConfigError(problems: [.init(place: settings[key]?.origin.text ?? key, message: message)])
    }
}
