extension ReplicationController {
    /// Reference §1.7. `currentState` is the server's to say.
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dnsSubdomain),
            desiredState: fields.objectOrEmpty("desiredState", ReplicationState.init(from:)),
            labels: fields.labels("labels"))
        fields.ignore("currentState")
        if fields.rules.keepsCurrentState {
            currentReplicas = fields.object("currentState") { ReplicationState.replicas(in: &$0) } ?? 0
        }
    }

    /// The controller as v1beta1 writes it; its current state has an empty template (reference §1.7).
    func json(kind: APIKind?) -> JSONObject {
        var object = meta.json(kind: kind)
        object.append("desiredState", .object(desiredState.json()))
        object.append("currentState", .object(ReplicationState(replicas: currentReplicas).json()))
        object.append("labels", unlessEmpty: labels)
        return object
    }
}

extension ReplicationState {
    init(from fields: inout FieldReader) {
        self.init(
            replicas: Self.replicas(in: &fields),
            replicaSelector: fields.labels(
                "replicaSelector", required: "is required: a controller counts the pods it selects"),
            podTemplate: fields.objectOrEmpty("podTemplate", PodTemplate.init(from:)))
        let selects = replicaSelector.allSatisfy { podTemplate.labels[$0.key] == $0.value }
        if !selects {
            let message = "must have every label of replicaSelector, or the controller would never stop making pods"
            let shown = GoText.template(podTemplate, of: fields.object["podTemplate"] ?? .null)
            fields.findings.add(
                FieldCause(
                    reason: .fieldValueInvalid, field: fields.path(of: "podTemplate.labels"), message: message,
                    value: fields.rules.speaksAsServer ? shown : JSONValue(sorted: podTemplate.labels).plainText))
        }
        for volume in podTemplate.manifest.volumes {
            guard case .persistentDisk(_, _, _, let readOnly) = volume.source, !readOnly else { continue }
            fields.note(
                .fieldValueInvalid, "podTemplate.desiredState.manifest.GCEPersistentDisk.ReadOnly", false,
                "must be true: the pods of a controller share the disk")
        }
    }

    fileprivate static func replicas(in fields: inout FieldReader) -> Int {
        Int(fields.integer("replicas", in: 0...Int64(Int32.max), "0…\(Int32.max)"))
    }

    func json() -> JSONObject {
        var object: JSONObject = ["replicas": .int(Int64(replicas))]
        object.append("replicaSelector", unlessEmpty: replicaSelector)
        object.append("podTemplate", .object(podTemplate.json()))
        return object
    }
}

extension PodTemplate {
    init(from fields: inout FieldReader) {
        self.init(
            manifest: fields.objectOrEmpty("desiredState") { state in
                state.ignore("status", "message", "host", "hostIP", "podIP", "info")
                return state.objectOrEmpty("manifest") { manifest in
                    let id = manifest.text("id")
                    return ContainerManifest(from: &manifest, id: id)
                }
            },
            nodeSelector: fields.labels("nodeSelector"), labels: fields.labels("labels"))
    }

    func json() -> JSONObject {
        var object: JSONObject = ["desiredState": ["manifest": .object(manifest.json())]]
        object.append("nodeSelector", unlessEmpty: nodeSelector)
        object.append("labels", unlessEmpty: labels)
        return object
    }
}
