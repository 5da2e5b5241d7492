import ClusterModel

/// Reading what a server sent: kubecfg shows what it can, so what is missing or of another kind reads as empty.
extension JSONObject {
    /// The text of a member.
    func string(_ key: String) -> String {
        if case .string(let text)? = self[key] { text } else { "" }
    }

    /// The whole number of a member; 0 where there is none.
    func int(_ key: String) -> Int {
        if case .int(let number)? = self[key] { Int(number) } else { 0 }
    }

    /// The members of a member.
    func object(_ key: String) -> JSONObject {
        if case .object(let object)? = self[key] { object } else { JSONObject() }
    }

    /// The objects in a list.
    func objects(_ key: String) -> [JSONObject] {
        guard case .array(let elements)? = self[key] else { return [] }
        return elements.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    /// What the member at the end of `path` is replaced with `value`; objects on the way are made where they are missing.
    func setting(_ path: [String], to value: JSONValue) -> JSONObject {
        guard let first = path.first else { return self }
        var copy = self
        let rest = Array(path.dropFirst())
        copy[first] = rest.isEmpty ? value : .object(object(first).setting(rest, to: value))
        return copy
    }
}
