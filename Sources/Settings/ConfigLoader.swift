import ClusterModel
import Wire

/// Where the effective value of a setting came from; a later case is stronger.
public enum SettingOrigin: Sendable, Equatable, Comparable {
    case builtIn
    case environment(variable: String)
    case file(place: String)
    case flag(String)

    private var strength: Int {
        switch self {
        case .builtIn: 0
        case .environment: 1
        case .file: 2
        case .flag: 3
        }
    }

    /// By strength: a flag beats the file, the file beats the environment, anything beats the built-in default.
    public static func < (left: SettingOrigin, right: SettingOrigin) -> Bool { left.strength < right.strength }

    /// As `--check` prints it.
    public var text: String {
        switch self {
        case .builtIn: "default"
        case .environment(let variable): variable
        case .file(let place): place
        case .flag(let flag): flag
        }
    }
}

/// A setting's value with its origin.
public struct EffectiveSetting: Sendable {
    /// The declaration.
    public let setting: Setting
    /// The value as text, valid for the setting's kind.
    public let value: String
    /// Who set it.
    public let origin: SettingOrigin
}

/// Merges a table's defaults, variables of the environment, the configuration file and flags. Pure: the caller reads the file.
public struct ConfigLoader {
    private let table: SettingTable
    private var values: [String: (value: String, origin: SettingOrigin)] = [:]
    private var problems: [ConfigError.Problem] = []

    /// A loader that holds the defaults of `table`.
    public init(_ table: SettingTable) {
        self.table = table
        for setting in table.settings { values[setting.key] = (setting.fallback, .builtIn) }
    }

    /// Takes every variable of `environment` that has the table's prefix; an unknown one is a problem, because a misspelt one
    /// is silence.
    public mutating func take(environment: [String: String]) {
        let ours = environment.filter { variable in
            variable.key.hasPrefix(table.prefix) && !table.strangers.contains { variable.key.hasPrefix($0) }
        }
        let variables = table.settings.map { $0.variable(table.prefix) }
        for (name, value) in ours.sorted(by: { $0.key < $1.key }) {
            guard let index = variables.firstIndex(of: name) else {
                report(name, "unknown variable" + suggestion(for: name, among: variables))
                continue
            }
            set(table.settings[index], value, .environment(variable: name), place: name)
        }
    }

    /// Takes the YAML or JSON text of the file called `path`: one mapping of settings. Unknown keys are problems with
    /// line and column.
    public mutating func take(file text: [UInt8], path: String) {
        let documents: [LocatedDocument]
        do {
            documents = try YAMLText.parse(text)
        } catch {
            report(place(path, line: error.line, column: error.column), error.message)
            return
        }
        guard let document = documents.first else { return }
        if documents.count > 1 { report(path, "must hold one document, holds \(documents.count)") }
        if document.value == .null { return }
        guard case .object(let members) = document.value else {
            report(path, "must be a mapping of settings")
            return
        }
        for member in members.members {
            let position = document.position(of: member.key)
            let place = place(path, line: position.line, column: position.column)
            guard let setting = table.named(member.key) else {
                report(
                    place,
                    "unknown setting \(member.key)" + suggestion(for: member.key, among: table.settings.map(\.key)))
                continue
            }
            guard let value = spelled(member.value, setting) else {
                report(place, "\(member.key) must be a single value\(setting.kind.isList ? " or a sequence" : "")")
                continue
            }
            set(setting, value, .file(place: place), place: place)
        }
    }

    /// Takes one flag's value.
    public mutating func take(flag setting: Setting, value: String) {
        set(setting, value, .flag(setting.flag), place: setting.flag)
    }

    /// Every setting with its value and origin, in the table's order.
    /// - Throws: `ConfigError` with every problem found.
    public func effective() throws(ConfigError) -> [EffectiveSetting] {
        if !problems.isEmpty { throw ConfigError(problems: problems) }
        return table.settings.compactMap { setting in
            values[setting.key].map { EffectiveSetting(setting: setting, value: $0.value, origin: $0.origin) }
        }
    }

    private mutating func set(_ setting: Setting, _ value: String, _ origin: SettingOrigin, place: String) {
        if let complaint = setting.kind.complaint(about: value, allowEmpty: setting.isOptional) {
            report(place, "\(setting.key) \(complaint)")
            return
        }
        if let current = values[setting.key], current.origin > origin { return }
        values[setting.key] = (value, origin)
    }

    private mutating func report(_ place: String, _ message: String) {
        problems.append(ConfigError.Problem(place: place, message: message))
    }

    private func place(_ path: String, line: Int?, column: Int?) -> String {
        guard let line else { return path }
        return "\(path):\(line):\(column ?? 1)"
    }

    private func spelled(_ value: JSONValue, _ setting: Setting) -> String? {
        guard case .array(let elements) = value, setting.kind.isList else { return scalar(value) }
        let parts = elements.compactMap(scalar)
        return parts.count == elements.count ? parts.joined(separator: ",") : nil
    }

    private func scalar(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let flag): String(flag)
        case .null: ""
        case .double, .array, .object: nil
        }
    }
}

/// ` (did you mean X?)` with the nearest of `candidates`, or nothing when none is near.
private func suggestion(for word: String, among candidates: [String]) -> String {
    Spelling.closest(to: word, among: candidates).map { " (did you mean \($0)?)" } ?? ""
}
