/// What `--check` prints: one line per setting, `key = value` and the origin, aligned.
public enum ConfigReport {
    /// The text, ending in a newline. The token itself is never part of it, only its file's name.
    public static func text(_ settings: [EffectiveSetting]) -> String {
        let rows = settings.map { ("\($0.setting.key): \(quoted($0.value))", $0.origin.text) }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { row in
            row.0 + String(repeating: " ", count: width - row.0.count) + "  # \(row.1)\n"
        }.joined()
    }

    /// Empty text is written so that the output can be used as a configuration file.
    private static func quoted(_ value: String) -> String { value.isEmpty ? "\"\"" : value }
}
