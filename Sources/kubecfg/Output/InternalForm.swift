import ClusterModel

/// An object as kubecfg's YAML shows it: not the JSON of the wire but what the original held in memory, which has no `kind` and
/// no deprecated spellings, and whose version is a text, as is a time that is none (recorded from `run`, `resize` and `stop`).
enum InternalForm {
    /// Lists that are empty where the wire has `null`.
    private static let lists: Set<String> = ["volumes", "containers", "items"]
    /// Members the wire has beside a newer spelling, by the list whose elements have them.
    private static let deprecated = ["env": ["key"], "volumeMounts": ["path", "mountType"]]

    /// The form of a whole object or list.
    static func of(_ object: JSONObject) -> JSONValue {
        let isMinionList = object.string("kind") == "MinionList"
        var object = object
        object["kind"] = nil
        object["apiVersion"] = nil
        if isMinionList { object["minions"] = nil }
        // The wire leaves an empty list of minions out.
        if isMinionList, object["items"] == nil { object["items"] = [] }
        return .object(members(of: object))
    }

    private static func members(of object: JSONObject) -> JSONObject {
        JSONObject(object.members.map { .init(key: $0.key, value: value($0.value, of: $0.key)) })
    }

    private static func value(_ value: JSONValue, of key: String) -> JSONValue {
        switch value {
        case .null where lists.contains(key): []
        case .null where key == "creationTimestamp": "null"
        case .int(let number) where key == "resourceVersion": .string(String(number))
        case .object(let object): .object(members(of: object))
        case .array(let elements): .array(elements.map { element($0, of: key) })
        case .null, .bool, .int, .double, .string: value
        }
    }

    private static func element(_ element: JSONValue, of key: String) -> JSONValue {
        guard case .object(var object) = element else { return value(element, of: "") }
        for name in deprecated[key] ?? [] { object[name] = nil }
        return .object(members(of: object))
    }
}
