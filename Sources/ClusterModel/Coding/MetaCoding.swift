/// The version of the API the agent writes.
let servedAPIVersion = "v1beta1"

extension ObjectMeta {
    /// The header; `nameFormat` is what the kind demands of `id` (reference §1.0, §1.1).
    init(from fields: inout FieldReader, nameFormat: TextFormat) {
        self.init(
            name: fields.text("id", required: FieldReader.plainlyRequired, format: nameFormat),
            uid: fields.text("uid"),
            creationTimestamp: fields.timestamp("creationTimestamp"), selfLink: fields.text("selfLink"),
            resourceVersion: fields.resourceVersion("resourceVersion"), namespace: fields.namespace("namespace"),
            annotations: fields.textMap("annotations"))
    }

    /// The header's fields in the order of reference §1.0, with `kind` and `apiVersion` unless `kind` is `nil`.
    func json(kind: APIKind?) -> JSONObject {
        var object = JSONObject()
        if let kind { object.append("kind", .string(kind.rawValue)) }
        object.append("id", unlessEmpty: name)
        object.append("uid", unlessEmpty: uid)
        object.append("creationTimestamp", creationTimestamp.map(JSONValue.string) ?? .null)
        object.append("selfLink", unlessEmpty: selfLink)
        // None beyond Int64 is ever decoded.
        object.append("resourceVersion", unlessZero: Int64(clamping: resourceVersion))
        if kind != nil { object.append("apiVersion", .string(servedAPIVersion)) }
        if !hidesDefaultNamespace || namespace != Self.defaultNamespace {
            object.append("namespace", unlessEmpty: namespace)
        }
        object.append("annotations", unlessEmpty: annotations)
        return object
    }
}

extension FieldReader {
    /// The header of a list, of which nothing is kept.
    mutating func ignoreListHeader() {
        ignore("kind", "apiVersion", "id", "uid", "creationTimestamp", "selfLink", "resourceVersion", "namespace")
        ignore("annotations")
    }

    fileprivate mutating func namespace(_ field: String) -> String {
        let namespace = text(field, format: .dnsSubdomain)
        return namespace.isEmpty ? ObjectMeta.defaultNamespace : namespace
    }

    /// `nil` where it is absent or none.
    mutating func timestamp(_ field: String) -> String? {
        let timestamp = text(field, format: .timestamp)
        return timestamp.isEmpty ? nil : timestamp
    }

    mutating func resourceVersion(_ field: String) -> UInt64 {
        UInt64(integer(field, in: 0...Int64.max, "0 or more"))
    }
}
