import FoundationEssentials
import Machine

extension SettingTable {
    /// Reads every place a configuration comes from and merges them: a flag beats the file, the file beats a variable of the
    /// environment, anything beats the default.
    /// - Parameters:
    ///   - file: the file of `--config`; `nil` reads `defaultFile` if it is there.
    ///   - flags: flag values by the setting's key.
    /// - Throws: `ConfigError` with every problem; a file that was named and cannot be read is one.
    public func effective(file: String?, flags: [String: String]) throws(ConfigError) -> [EffectiveSetting] {
        var loader = ConfigLoader(self)
        loader.take(environment: ProcessInfo.processInfo.environment)
        let path = file ?? defaultFile
        if let text = try Self.text(of: path, isOptional: file == nil) { loader.take(file: text, path: path) }
        for setting in settings {
            if let value = flags[setting.key] { loader.take(flag: setting, value: value) }
        }
        return try loader.effective()
    }

    /// A configuration is a page of text; a larger file is a mistake.
    private static let maxFileBytes = 1_048_576

    private static func text(of path: String, isOptional: Bool) throws(ConfigError) -> [UInt8]? {
        // The well-known name of an empty file, so that `--config /dev/null` means "no file".
        if path == "/dev/null" { return nil }
        do {
            if let bytes = try AtomicFile.read(path, limit: maxFileBytes) { return bytes }
        } catch {
            throw ConfigError(problems: [.init(place: path, message: "\(error)")])
        }
        if isOptional { return nil }
        throw ConfigError(problems: [.init(place: path, message: "no such file")])
    }
}
