extension Event {
    /// Reference §1.6. The week's server knew no `timestamp` in v1beta1 and dropped it; `creationTimestamp` says when.
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dnsSubdomain),
            involvedObject: fields.objectOrEmpty("involvedObject", ObjectReference.init(from:)),
            status: fields.text("status"), reason: fields.text("reason"), message: fields.text("message"),
            source: fields.text("source"),
            count: Int(fields.integer("count", in: 0...Int64(Int32.max), "0 or more")),
            lastTimestamp: fields.timestamp("lastTimestamp"))
        fields.ignore("timestamp")
    }

    /// The event as v1beta1 writes it.
    func json(kind: APIKind?) -> JSONObject {
        var object = meta.json(kind: kind)
        object.append("involvedObject", .object(involvedObject.json()))
        object.append("status", unlessEmpty: status)
        object.append("reason", unlessEmpty: reason)
        object.append("message", unlessEmpty: message)
        object.append("source", unlessEmpty: source)
        object.append("count", unlessZero: count)
        object.append("lastTimestamp", unlessEmpty: lastTimestamp ?? "")
        return object
    }
}

extension ObjectReference {
    init(from fields: inout FieldReader) {
        self.init(
            kind: fields.text("kind"), namespace: fields.text("namespace"), name: fields.text("name"),
            uid: fields.text("uid"), apiVersion: fields.text("apiVersion"),
            resourceVersion: fields.resourceVersion("resourceVersion"), fieldPath: fields.text("fieldPath"))
    }

    func json() -> JSONObject {
        var object = JSONObject()
        object.append("kind", unlessEmpty: kind)
        object.append("namespace", unlessEmpty: namespace)
        object.append("name", unlessEmpty: name)
        object.append("uid", unlessEmpty: uid)
        object.append("apiVersion", unlessEmpty: apiVersion)
        object.append("resourceVersion", unlessZero: Int64(clamping: resourceVersion))
        object.append("fieldPath", unlessEmpty: fieldPath)
        return object
    }
}
