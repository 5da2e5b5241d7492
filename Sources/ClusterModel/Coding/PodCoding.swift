extension Pod {
    /// Reference §1.2. The manifest is called as the pod is, whatever it calls itself.
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dnsSubdomain),
            labels: fields.labels("labels"),
            desiredState: fields.objectOrEmpty("desiredState", PodState.init(desiredIn:)),
            currentState: PodState(), nodeSelector: fields.labels("nodeSelector"))
        desiredState.manifest.id = meta.name
        if fields.rules.keepsCurrentState {
            currentState = fields.object("currentState", PodState.init(currentIn:)) ?? PodState()
        } else {
            fields.ignore("currentState")
        }
    }

    /// The pod a bare manifest means: named by its `id`, in the default namespace (reference §1.3, §2.2).
    init(manifestIn fields: inout FieldReader) {
        let id = fields.text("id", required: FieldReader.plainlyRequired, format: .dnsSubdomain)
        let manifest = ContainerManifest(from: &fields, id: id)
        self.init(
            meta: ObjectMeta(name: manifest.id, uid: manifest.uuid), desiredState: PodState(manifest: manifest))
    }

    /// The pod as v1beta1 writes it, with `kind` and `apiVersion`.
    public func json() -> JSONObject { json(kind: .pod) }

    /// As an item of a list, which has neither `kind` nor `apiVersion`.
    public func itemJSON() -> JSONObject { json(kind: nil) }

    func json(kind: APIKind?) -> JSONObject {
        var object = meta.json(kind: kind)
        object.append("labels", unlessEmpty: labels)
        object.append("desiredState", .object(desiredState.json()))
        object.append("currentState", .object(currentState.json()))
        object.append("nodeSelector", unlessEmpty: nodeSelector)
        return object
    }
}

extension PodState {
    /// What is wanted: only the manifest matters, the rest is kept for whoever reads it again.
    init(desiredIn fields: inout FieldReader) {
        self.init(
            manifest: fields.objectOrEmpty("manifest") { fields in
                let id = fields.text("id")
                return ContainerManifest(from: &fields, id: id)
            })
        readObservations(from: &fields)
        fields.ignore("info")
    }

    /// What is seen, in an answer: its manifest is always empty (reference §1.2).
    init(currentIn fields: inout FieldReader) {
        self.init()
        fields.ignore("manifest")
        readObservations(from: &fields)
        info = fields.objectMap("info", ContainerStatus.init(from:))
    }

    private mutating func readObservations(from fields: inout FieldReader) {
        let status = fields.text("status")
        self.status = PodStatus(rawValue: status)
        message = fields.text("message")
        host = fields.text("host")
        hostIP = fields.text("hostIP")
        podIP = fields.text("podIP")
    }

    /// The state as v1beta1 writes it (reference §1.2 "PodState").
    public func json() -> JSONObject {
        var object: JSONObject = ["manifest": .object(manifest.json())]
        object.append("status", unlessEmpty: status?.rawValue ?? "")
        object.append("message", unlessEmpty: message)
        object.append("host", unlessEmpty: host)
        object.append("hostIP", unlessEmpty: hostIP)
        object.append("podIP", unlessEmpty: podIP)
        if !info.isEmpty {
            let members = info.sorted { $0.key < $1.key }
            object.append(
                "info", .object(JSONObject(members.map { .init(key: $0.key, value: .object($0.value.json())) })))
        }
        return object
    }
}
