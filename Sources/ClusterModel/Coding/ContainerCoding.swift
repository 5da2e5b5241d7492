extension Container {
    /// Reference §1.4.
    init(from fields: inout FieldReader) {
        self.init(
            name: fields.text("name", required: FieldReader.plainlyRequired, format: .dnsLabel),
            image: fields.text("image", required: FieldReader.plainlyRequired), command: fields.texts("command"),
            workingDir: fields.text("workingDir"), ports: fields.objects("ports", ContainerPort.init(from:)),
            env: fields.objects("env", EnvVar.init(from:)),
            memory: fields.integer("memory", in: 0...Int64.max, "a number of bytes, 0 or more"),
            cpu: fields.integer("cpu", in: 0...Int64.max, "thousandths of a core, 0 or more"),
            volumeMounts: fields.objects("volumeMounts", VolumeMount.init(from:)),
            livenessProbe: fields.object("livenessProbe", LivenessProbe.init(from:)),
            lifecycle: fields.object("lifecycle", Lifecycle.init(from:)),
            terminationMessagePath: fields.text("terminationMessagePath"), privileged: fields.flag("privileged"),
            imagePullPolicy: fields.text("imagePullPolicy"))
        fields.noteDuplicates(in: "ports", of: ports.map(\.name))
        // A server looked no further at a container whose name was wrong.
        if privileged, !fields.rules.allowPrivileged, !(fields.rules.speaksAsServer && name.isEmpty) {
            fields.note(
                .fieldValueForbidden, "privileged", true,
                "is forbidden: this node runs without --allow-privileged")
        }
        if !imagePullPolicy.isEmpty, ImagePullPolicy(ignoringCase: imagePullPolicy) == nil {
            fields.warn(
                "\(fields.path(of: "imagePullPolicy")) '\(imagePullPolicy.shortened)' is unknown: "
                    + "\(pullPolicy.rawValue) is used")
        }
    }

    /// When the image is pulled: what `imagePullPolicy` says whatever its case, PullIfNotPresent where it says nothing known
    /// (reference §2.9, 0.5).
    public var pullPolicy: ImagePullPolicy { ImagePullPolicy(ignoringCase: imagePullPolicy) ?? .ifNotPresent }

    /// The container as v1beta1 writes it; `imagePullPolicy` is always there.
    public func json() -> JSONObject {
        var object: JSONObject = ["name": .string(name), "image": .string(image)]
        object.append("command", unlessEmpty: command)
        object.append("workingDir", unlessEmpty: workingDir)
        object.append("ports", unlessEmpty: ports.map { $0.json() })
        object.append("env", unlessEmpty: env.map { $0.json() })
        object.append("memory", unlessZero: memory)
        object.append("cpu", unlessZero: cpu)
        object.append("volumeMounts", unlessEmpty: volumeMounts.map { $0.json() })
        object.append("livenessProbe", unlessAbsent: livenessProbe?.json())
        object.append("lifecycle", unlessAbsent: lifecycle?.json())
        object.append("terminationMessagePath", unlessEmpty: terminationMessagePath)
        object.append("privileged", unlessFalse: privileged)
        object.append("imagePullPolicy", .string(imagePullPolicy))
        return object
    }
}

extension ImagePullPolicy {
    fileprivate init?(ignoringCase text: String) {
        guard let policy = Self.allCases.first(where: { $0.rawValue.hasSameBytesIgnoringCase(as: text) }) else {
            return nil
        }
        self = policy
    }
}

extension ContainerPort {
    /// Reference §1.4 "Port".
    init(from fields: inout FieldReader) {
        self.init(
            name: fields.text("name", format: .dnsLabel),
            hostPort: Int(fields.integer("hostPort", in: PortNumber.rangeOrNone, PortNumber.wordsOrNone)),
            containerPort: Int(
                fields.integer(
                    "containerPort", in: PortNumber.range, PortNumber.words,
                    required: "is required: \(PortNumber.words)")),
            transport: fields.transport("protocol"),
            hostIP: fields.text("hostIP", format: .ipv4Address))
    }

    func json() -> JSONObject {
        var object = JSONObject()
        object.append("name", unlessEmpty: name)
        object.append("hostPort", unlessZero: hostPort)
        object.append("containerPort", .int(Int64(containerPort)))
        object.append("protocol", .string(transport.rawValue))
        object.append("hostIP", unlessEmpty: hostIP)
        return object
    }
}

extension EnvVar {
    /// Reference §1.4 "EnvVar": `key` is `name`'s older name.
    init(from fields: inout FieldReader) {
        self.init(
            name: fields.text("name", older: "key", required: FieldReader.plainlyRequired, format: .cIdentifier),
            value: fields.text("value"))
        if fields.rules.speaksAsServer, fields.isAbsent("name", orEqual: ""), fields.isAbsent("key", orEqual: "") {
            // The empty name was missing, and no identifier either.
            fields.note(.fieldValueInvalid, "name", "", must: "be \(TextFormat.cIdentifier.words)")
        }
    }

    func json() -> JSONObject {
        var object: JSONObject = ["name": .string(name), "key": .string(name)]
        object.append("value", unlessEmpty: value)
        return object
    }
}
