extension Endpoints {
    /// Reference §1.6. The name is that of a service and has its form.
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dns952Label),
            endpoints: fields.texts("endpoints", format: .endpoint))
    }

    /// The endpoints as v1beta1 writes them, with `kind` and `apiVersion`.
    public func json() -> JSONObject { json(kind: .endpoints) }

    /// As an item of a list, which has neither `kind` nor `apiVersion`.
    public func itemJSON() -> JSONObject { json(kind: nil) }

    func json(kind: APIKind?) -> JSONObject {
        var object = meta.json(kind: kind)
        object.append("endpoints", unlessEmpty: endpoints)
        return object
    }
}
