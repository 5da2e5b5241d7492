extension ContainerManifest {
    /// Reference §1.3; `id` was read before, because only a bare manifest needs one of its own.
    init(from fields: inout FieldReader, id: String) {
        self.init(
            version: fields.manifestVersion("version"), id: id, uuid: fields.text("uuid"),
            volumes: fields.objects("volumes", Volume.init(from:)),
            containers: fields.objects("containers", Container.init(from:)),
            restartPolicy: fields.object("restartPolicy", RestartPolicy.init(from:)) ?? .always)
        fields.noteDuplicates(in: "volumes", of: volumes.map(\.name))
        fields.noteDuplicates(in: "containers", of: containers.map(\.name))
        noteSharedHostPorts(in: fields)
        noteMountsWithoutVolume(in: fields)
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

    private func noteMountsWithoutVolume(in fields: FieldReader) {
        let names = Set(volumes.map(\.name))
        for (container, mounts) in containers.map(\.volumeMounts).enumerated() {
            for (index, mount) in mounts.enumerated() where !mount.name.isEmpty && !names.contains(mount.name) {
                fields.note(
                    .fieldValueNotFound, "containers[\(container)].volumeMounts[\(index)].name", .string(mount.name),
                    must: "name one of the pod's volumes")
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
            let value = fields.rules.speaksAsServer ? Self.recordedValue(given) : nil
            fields.noteChoice(of: Self.allCases.map(\.rawValue), given: given.map(\.rawValue), value: value)
        }
        self = given.first ?? .always
    }
    /// What the server of 2014 showed of policies it refused: its own pointers, all empty policies having the same address.
    private static func recordedValue(_ given: [RestartPolicy]) -> String {
        let pointers = allCases.map { given.contains($0) ? "0xb78f58" : "<nil>" }
        return "&{\(pointers.joined(separator: " "))}"
    }
}
