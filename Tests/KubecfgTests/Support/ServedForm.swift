import ClusterModel

/// How the recorded server wrote objects, members in its order.
extension JSONObject {
    func text(_ key: String) -> String {
        if case .string(let text)? = self[key] { text } else { "" }
    }

    func strings(_ key: String) -> [String: String] {
        guard case .object(let object)? = self[key] else { return [:] }
        return Dictionary(object.members.map { ($0.key, object.text($0.key)) }, uniquingKeysWith: { first, _ in first })
    }

    func inner(_ path: String...) -> JSONObject {
        path.reduce(self) { object, key in
            if case .object(let next)? = object[key] { next } else { [:] }
        }
    }

    /// `pod`, as messages call it.
    static func noun(_ resource: String) -> String { String(resource.dropLast()) }

    static func kind(_ resource: String) -> String { resource.prefix(1).uppercased() + noun(resource).dropFirst() }

    /// With kind and version, in the header's order.
    func whole(_ resource: String) -> JSONObject {
        var object: JSONObject = ["kind": .string(Self.kind(resource))]
        let header = ["id", "uid", "creationTimestamp", "selfLink", "resourceVersion"]
        for key in header { object[key] = self[key] }
        if object["selfLink"] == nil { object["selfLink"] = .string("/api/v1beta1/\(resource)/\(text("id"))") }
        object["apiVersion"] = "v1beta1"
        for member in members where !header.contains(member.key) { object[member.key] = member.value }
        return object
    }

    static func list(_ resource: String, _ items: [JSONObject], revision: Int64) -> JSONObject {
        var list: JSONObject = [
            "kind": .string(kind(resource) + "List"), "creationTimestamp": .null,
            "selfLink": .string("/api/v1beta1/\(resource)"),
        ]
        let isMinions = resource == "minions"
        if !isMinions { list["resourceVersion"] = .int(revision) }
        list["apiVersion"] = "v1beta1"
        let elements = JSONValue.array(items.map { .object($0) })
        if isMinions { list["minions"] = elements }
        list["items"] = elements
        return list
    }

    /// What the server stores of a body.
    func completed(_ resource: String, namespace: String, revision: Int64, portalIP: String) -> JSONObject {
        var object: JSONObject = [
            "id": .string(text("id")), "creationTimestamp": .string(FakeCluster.timestamp),
            "selfLink": .string("/api/v1beta1/\(resource)/\(text("id"))"), "resourceVersion": .int(revision),
            "namespace": .string(namespace),
        ]
        switch resource {
        case "services":
            object["port"] = self["port"]
            object["protocol"] = "TCP"
            object["labels"] = sorted("labels")
            object["selector"] = sorted("selector")
            object["containerPort"] = self["containerPort"] ?? 0
            object["portalIP"] = .string(portalIP)
        case "pods":
            object["labels"] = sorted("labels")
            object["desiredState"] = [
                "manifest": inner("desiredState", "manifest").manifest(id: text("id"), uuid: Self.uuid),
                "status": "Running",
            ]
            object["currentState"] = ["manifest": JSONObject().manifest(), "status": "Waiting"]
        default:
            let template = inner("desiredState", "podTemplate")
            object["desiredState"] = [
                "replicas": inner("desiredState")["replicas"] ?? 0,
                "replicaSelector": .object(inner("desiredState", "replicaSelector")),
                "podTemplate": [
                    "desiredState": ["manifest": template.inner("desiredState", "manifest").manifest()],
                    "labels": .object(template.inner("labels")),
                ],
            ]
            object["currentState"] = [
                "replicas": 0, "podTemplate": ["desiredState": ["manifest": JSONObject().manifest()]],
            ]
        }
        return object
    }

    /// The recording's own, the same for every pod.
    private static let uuid = "47a6b123-e6e2-11f1-a297-2accf529e856"

    private func sorted(_ key: String) -> JSONValue? {
        guard case .object(let object)? = self[key] else { return nil }
        return .object(JSONObject(object.members.sorted { $0.key < $1.key }))
    }

    private func manifest(id: String = "", uuid: String? = nil) -> JSONValue {
        let isEmpty = members.isEmpty
        var manifest: JSONObject = ["version": .string(text("version")), "id": .string(id)]
        manifest["uuid"] = uuid.map { .string($0) }
        manifest["volumes"] = .null
        manifest["containers"] = .null
        if case .array(let containers)? = self["containers"] {
            manifest["containers"] = .array(containers.map(Self.container))
        }
        manifest["restartPolicy"] = isEmpty ? [:] : ["always": [:]]
        return .object(manifest)
    }

    private static func container(_ value: JSONValue) -> JSONValue {
        guard case .object(let given) = value else { return value }
        var container: JSONObject = ["name": .string(given.text("name")), "image": .string(given.text("image"))]
        if case .array(let ports)? = given["ports"] {
            container["ports"] = .array(
                ports.map { port in
                    guard case .object(let port) = port else { return port }
                    var written = JSONObject()
                    for key in ["hostPort", "containerPort"] { written[key] = port[key] }
                    written["protocol"] = "TCP"
                    return .object(written)
                })
        }
        container["imagePullPolicy"] = ""
        return .object(container)
    }
}
