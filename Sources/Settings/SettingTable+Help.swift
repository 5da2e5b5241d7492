extension SettingTable {
    /// The defaults for a program's help, one a line; settings without one are left out.
    public var defaultsText: String {
        let lines = settings.filter { !$0.fallback.isEmpty }.map { "  \($0.flag) \($0.fallback)" }
        return "An option beats the file, the file a \(prefix)... variable, and each of them the default:\n"
            + lines.joined(separator: "\n")
    }
}
