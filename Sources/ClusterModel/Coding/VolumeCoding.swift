extension Volume {
    /// Reference §1.4 "Volume".
    init(from fields: inout FieldReader) {
        self.init(
            name: fields.text("name", required: FieldReader.plainlyRequired, format: .dnsLabel),
            source: fields.object("source", Source.init(from:)) ?? .emptyDir)
    }

    func json() -> JSONObject {
        ["name": .string(name), "source": .object(source.json())]
    }
}

extension Volume.Source {
    /// At most one member; none means emptyDir.
    init(from fields: inout FieldReader) {
        let sources: [(name: String, source: Self?)] = [
            ("hostDir", fields.object("hostDir", Self.hostDir(in:))),
            ("emptyDir", fields.object("emptyDir") { _ in .emptyDir }),
            ("persistentDisk", fields.object("persistentDisk", Self.persistentDisk(in:))),
            ("gitRepo", fields.object("gitRepo", Self.gitRepo(in:))),
        ]
        let given = sources.filter { $0.source != nil }
        if given.count > 1 || given.isEmpty && fields.rules.speaksAsServer {
            let value = fields.rules.speaksAsServer ? GoText.source(Set(given.map(\.name))) : nil
            fields.noteChoice(of: sources.map(\.name), given: given.map(\.name), value: value)
        }
        self = given.first?.source ?? .emptyDir
        if fields.rules.speaksAsServer { noteDisk(in: fields) }
    }

    /// A server's refusals of a disk have the names its own program used.
    private func noteDisk(in fields: FieldReader) {
        guard case .persistentDisk(let pdName, let fsType, let partition, _) = self else { return }
        if pdName.isEmpty { fields.note(.fieldValueInvalid, "PD.PDName", "", FieldReader.plainlyRequired) }
        if fsType.isEmpty { fields.note(.fieldValueInvalid, "PD.FSType", "", FieldReader.plainlyRequired) }
        if !Self.partitions.contains(Int64(partition)) {
            fields.note(.fieldValueInvalid, "PD.Partition", .int(Int64(partition)), must: "be 0…255")
        }
    }

    private static let partitions: ClosedRange<Int64> = 0...255

    private static func hostDir(in fields: inout FieldReader) -> Self {
        if fields.rules.speaksAsServer, fields.isAbsent("path", orEqual: "") {
            fields.noteNotFound("path", "", at: "path")
            fields.ignore("path")
            return .hostDir(path: "")
        }
        return .hostDir(path: fields.text("path", required: FieldReader.plainlyRequired, format: .absolutePath))
    }

    private static func persistentDisk(in fields: inout FieldReader) -> Self {
        // What a server refuses it says itself (`noteDisk`).
        let isServer = fields.rules.speaksAsServer
        let required = isServer ? nil : FieldReader.plainlyRequired
        return .persistentDisk(
            pdName: fields.text("pdName", required: required), fsType: fields.text("fsType", required: required),
            partition: Int(fields.integer("partition", in: isServer ? .min ... .max : partitions, "0…255")),
            readOnly: fields.flag("readOnly"))
    }

    private static func gitRepo(in fields: inout FieldReader) -> Self {
        .gitRepo(repository: fields.text("repository"), revision: fields.text("revision"))
    }

    /// Members that are not meant are `null`. `gitRepo` is written only when it is meant: it came a week after the others,
    /// and readers of that week's form know three members.
    func json() -> JSONObject {
        var object: JSONObject = ["hostDir": .null, "emptyDir": .null, "persistentDisk": .null]
        switch self {
        case .emptyDir:
            object["emptyDir"] = [:]
        case .hostDir(let path):
            object["hostDir"] = ["path": .string(path)]
        case .persistentDisk(let pdName, let fsType, let partition, let readOnly):
            var disk: JSONObject = ["pdName": .string(pdName)]
            disk.append("fsType", unlessEmpty: fsType)
            disk.append("partition", unlessZero: partition)
            disk.append("readOnly", unlessFalse: readOnly)
            object["persistentDisk"] = .object(disk)
        case .gitRepo(let repository, let revision):
            object["gitRepo"] = ["repository": .string(repository), "revision": .string(revision)]
        }
        return object
    }
}

extension VolumeMount {
    /// Reference §1.4 "VolumeMount": `path` is `mountPath`'s older name, `mountType` never did anything.
    init(from fields: inout FieldReader) {
        self.init(
            name: fields.text("name", required: FieldReader.plainlyRequired), readOnly: fields.flag("readOnly"),
            mountPath: fields.text(
                "mountPath", older: "path", required: FieldReader.plainlyRequired, format: .absolutePath))
        fields.ignore("mountType")
    }

    func json() -> JSONObject {
        var object: JSONObject = ["name": .string(name)]
        object.append("readOnly", unlessFalse: readOnly)
        object.append("mountPath", .string(mountPath))
        object.append("path", .string(mountPath))
        return object
    }
}
