extension Service {
    /// Reference §1.1.
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dns952Label),
            port: Int(fields.integer("port", in: PortNumber.range, PortNumber.words)),
            transport: fields.transport("protocol"), labels: fields.labels("labels"),
            selector: fields.labels("selector", required: "is required: a service stands for the pods it selects"),
            createExternalLoadBalancer: fields.flag("createExternalLoadBalancer"),
            publicIPs: fields.texts("publicIPs", format: .ipv4Address),
            containerPort: fields.portReference("containerPort"),
            portalIP: fields.text(
                "portalIP", required: fields.rules.requirePortalIP ? Self.portalIPRequired : nil, format: .ipv4Address),
            proxyPort: fields.proxyPort())
        if case .number(let number) = containerPort, !PortNumber.range.contains(Int64(number)) {
            fields.note(
                .fieldValueInvalid, "containerPort", .int(Int64(number)),
                must: "be \(PortNumber.wordsOrNone), or a port's name")
        }
    }

    private static let portalIPRequired = "is required: allocating it is the master's job, a node only serves it"

    /// The service as v1beta1 writes it, with `kind` and `apiVersion`.
    public func json() -> JSONObject { json(kind: .service) }

    /// As an item of a list, which has neither `kind` nor `apiVersion`.
    public func itemJSON() -> JSONObject { json(kind: nil) }

    func json(kind: APIKind?) -> JSONObject {
        var object = meta.json(kind: kind)
        object.append("port", .int(Int64(port)))
        object.append("protocol", .string(transport.rawValue))
        object.append("labels", unlessEmpty: labels)
        object.append("selector", JSONValue(sorted: selector))
        object.append("createExternalLoadBalancer", unlessFalse: createExternalLoadBalancer)
        object.append("publicIPs", unlessEmpty: publicIPs)
        object.append("containerPort", JSONValue(containerPort))
        object.append("portalIP", unlessEmpty: portalIP)
        object.append("proxyPort", unlessZero: proxyPort)
        return object
    }
}

extension FieldReader {
    /// The port on which proxies listen; a server reads any number, since it takes none of them (reference §1.1).
    fileprivate mutating func proxyPort() -> Int {
        guard rules.speaksAsServer else {
            return Int(integer("proxyPort", in: PortNumber.rangeOrNone, PortNumber.wordsOrNone))
        }
        _ = integer("proxyPort", in: .min ... .max, "a port")
        return 0
    }
}
