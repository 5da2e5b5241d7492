extension Minion {
    /// Reference §1.6; `podCIDR` is of PROTOCOL "Objects".
    init(from fields: inout FieldReader) {
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dnsSubdomain), hostIP: fields.text("hostIP"),
            capacity: fields.object("resources") { $0.quantities("capacity") } ?? [:], labels: fields.labels("labels"),
            podCIDR: fields.network("podCIDR"))
        meta.namespace = ""
    }

    /// The minion as v1beta1 writes it.
    func json(kind: APIKind?) -> JSONObject {
        var object = meta.json(kind: kind)
        object.append("hostIP", unlessEmpty: hostIP)
        var resources = JSONObject()
        if !capacity.isEmpty { resources.append("capacity", JSONValue(capacity)) }
        object.append("resources", .object(resources))
        object.append("labels", unlessEmpty: labels)
        object.append("podCIDR", unlessEmpty: podCIDR?.description ?? "")
        return object
    }
}

extension FieldReader {
    fileprivate mutating func quantities(_ field: String) -> [String: ResourceQuantity] {
        let names = value(field).map { value in
            if case .object(let object) = value { object.members.map(\.key) } else { [] as [String] }
        }
        return object(field) { fields in
            (names ?? []).reduce(into: [:]) { $0[$1] = fields.quantity($1) }
        } ?? [:]
    }

    private mutating func quantity(_ field: String) -> ResourceQuantity? {
        switch value(field) {
        case nil: return nil
        case .int(let number): return .number(number)
        case .string: return .text(text(field))
        case let other?:
            note(.fieldValueInvalid, field, other, must: "be a number or a string")
            return nil
        }
    }

    fileprivate mutating func network(_ field: String) -> IPv4Network? {
        let text = text(field)
        guard !text.isEmpty else { return nil }
        let network = IPv4Network(text)
        if network == nil { note(.fieldValueInvalid, field, .string(text), must: "be a network as 10.244.1.0/24") }
        return network
    }
}

extension JSONValue {
    /// Quantities in the order of their names.
    fileprivate init(_ quantities: [String: ResourceQuantity]) {
        let members = quantities.sorted { $0.key.hasBytesBefore($1.key) }.map { name, quantity in
            switch quantity {
            case .number(let number): JSONObject.Member(key: name, value: .int(number))
            case .text(let text): JSONObject.Member(key: name, value: .string(text))
            }
        }
        self = .object(JSONObject(members))
    }
}
