extension Minion {
    /// Reference §1.6; `podCIDR` is of PROTOCOL "Objects".
    ///
    /// A node is stricter than the server of 2014: it makes a route of `hostIP` and a network of `podCIDR`.
    init(from fields: inout FieldReader) {
        let isForNode = !fields.rules.speaksAsServer
        self.init(
            meta: ObjectMeta(from: &fields, nameFormat: .dnsSubdomain),
            hostIP: fields.text("hostIP", format: isForNode ? .ipv4Address : nil),
            capacity: fields.object("resources") { $0.quantities("capacity") } ?? [:], labels: fields.labels("labels"),
            podCIDR: fields.network("podCIDR", longestPrefix: isForNode ? Minion.longestPodPrefix : 32))
        meta.namespace = ""
    }

    /// The smallest subnet of pods: its own address, the bridge's, one pod's and the broadcast (RFC 919 §7).
    private static let longestPodPrefix = 30

    /// The minion as v1beta1 writes it, with `kind` and `apiVersion`.
    public func json() -> JSONObject { json(kind: .minion) }

    /// As an item of a list, which has neither `kind` nor `apiVersion`.
    public func itemJSON() -> JSONObject { json(kind: nil) }

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

    fileprivate mutating func network(_ field: String, longestPrefix: Int) -> IPv4Network? {
        let text = text(field)
        guard !text.isEmpty else { return nil }
        let network = IPv4Network(text).flatMap { $0.prefixLength <= longestPrefix ? $0 : nil }
        if network == nil {
            let most = longestPrefix < 32 ? ", /\(longestPrefix) at most" : ""
            note(.fieldValueInvalid, field, .string(text), must: "be a network as 10.244.1.0/24\(most)")
        }
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
