extension ContainerManifest {
    /// Reference §1.3; `id` was read before, because only a bare manifest needs one of its own.
    init(from fields: inout FieldReader, id: String) {
        var soundVolumes: Set<String> = []
        let findings = fields.findings
        self.init(
            version: fields.manifestVersion("version"), id: id, uuid: fields.text("uuid"),
            volumes: fields.objects("volumes") { volume in
                let count = findings.count
                let read = Volume(from: &volume)
                if findings.count == count { soundVolumes.insert(read.name) }
                return read
            },
            containers: fields.objects("containers", Container.init(from:)),
            restartPolicy: fields.object("restartPolicy", RestartPolicy.init(from:)) ?? .always)
        fields.noteDuplicates(in: "volumes", of: volumes.map(\.name))
        fields.noteDuplicates(in: "containers", of: containers.map(\.name))
        noteSharedHostPorts(in: fields)
        noteMountsWithoutVolume(in: fields, soundVolumes)
    }

    /// All containers share the node's ports, whatever the protocol (reference §1.4 "Port").
    private func noteSharedHostPorts(in fields: FieldReader) {
        var owners: [Int: String] = [:]
        for (container, ports) in containers.map(\.ports).enumerated() {
            for (index, port) in ports.enumerated() where port.hostPort != 0 {
                let field = "containers[\(container)].ports[\(index)].hostPort"
                if let owner = owners[port.hostPort] {
                    let blamed = fields.rules.speaksAsServer ? "containers[\(container)].port" : field
                    fields.note(
                        .fieldValueDuplicate, blamed, .int(Int64(port.hostPort)),
                        "must be unique in the pod, \(port.hostPort) is \(fields.path(of: owner)) too")
                } else {
                    owners[port.hostPort] = field
                }
            }
        }
    }

    /// Of volumes with a fault a node knows the names; the server of 2014 knew none, and named no field.
    private func noteMountsWithoutVolume(in fields: FieldReader, _ soundVolumes: Set<String>) {
        let isServer = fields.rules.speaksAsServer
        let names = isServer ? soundVolumes : Set(volumes.map(\.name))
        for (container, mounts) in containers.map(\.volumeMounts).enumerated() {
            for (index, mount) in mounts.enumerated() where !mount.name.isEmpty && !names.contains(mount.name) {
                let field = "containers[\(container)].volumeMounts[\(index)].name"
                if isServer {
                    fields.noteNotFound("name", mount.name, at: field)
                } else {
                    fields.note(
                        .fieldValueNotFound, field, .string(mount.name), must: "name one of the pod's volumes")
                }
            }
        }
    }

    /// The manifest as v1beta1 writes it: empty lists are `null`, and of a manifest nobody wrote the restart policy is empty.
    public func json() -> JSONObject {
        var object: JSONObject = ["version": .string(version), "id": .string(id)]
        object.append("uuid", unlessEmpty: uuid)
        object.append("volumes", volumes.isEmpty ? .null : .array(volumes.map { .object($0.json()) }))
        object.append("containers", containers.isEmpty ? .null : .array(containers.map { .object($0.json()) }))
        let policy: JSONValue = self == ContainerManifest() ? [:] : [restartPolicy.rawValue: [:]]
        object.append("restartPolicy", policy)
        return object
    }
}

extension FieldReader {
    /// `v1beta1` or `v1beta2`, whatever the case (reference §1.3).
    fileprivate mutating func manifestVersion(_ field: String) -> String {
        let version = text(field, required: Self.plainlyRequired)
        if !version.isEmpty, !["v1beta1", "v1beta2"].contains(where: version.hasSameBytesIgnoringCase) {
            note(.fieldValueNotSupported, field, .string(version), must: "be v1beta1 or v1beta2")
        }
        return version
    }
}

extension RestartPolicy {
    /// An object with at most one member of the policies' names, each an empty object; none means always (reference §1.3).
    init(from fields: inout FieldReader) {
        let given = Self.allCases.filter { policy in fields.object(policy.rawValue) { _ in () } != nil }
        if given.count > 1 {
            let value = fields.rules.speaksAsServer ? GoText.policies(Set(given)) : nil
            fields.noteChoice(of: Self.allCases.map(\.rawValue), given: given.map(\.rawValue), value: value)
        }
        self = given.first ?? .always
    }
}
