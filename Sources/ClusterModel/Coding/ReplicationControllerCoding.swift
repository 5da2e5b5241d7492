extension ReplicationController {
    /// Reference §1.7. `currentState` is the server's to say.
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dnsSubdomain, serverNames: true),
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
            fields.note(
                .fieldValueInvalid, "podTemplate.labels", JSONValue(sorted: podTemplate.labels),
                "must have every label of replicaSelector, or the controller would never stop making pods")
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
                    manifest.ignore("id")
                    return ContainerManifest(from: &manifest, id: "")
                }
            },
            nodeSelector: fields.labels("nodeSelector"), labels: fields.labels("labels"))
        manifest.uuid = ""
    }

    func json() -> JSONObject {
        var object: JSONObject = ["desiredState": ["manifest": .object(manifest.json())]]
        object.append("nodeSelector", unlessEmpty: nodeSelector)
        object.append("labels", unlessEmpty: labels)
        return object
    }
}
