import ClusterModel
import Testing

/// Valid objects for tables that break one thing at a time.
enum Samples {
    static let service: JSONObject = [
        "kind": "Service", "id": "web", "apiVersion": "v1beta1", "port": 80, "selector": ["name": "web"],
        "portalIP": "10.11.0.1",
    ]
    static let endpoints: JSONObject = [
        "kind": "Endpoints", "id": "web", "apiVersion": "v1beta1", "endpoints": ["10.0.0.1:80"],
    ]
    static let container: JSONObject = ["name": "c", "image": "i"]
    static let manifest: JSONObject = ["version": "v1beta1", "id": "web", "containers": [.object(container)]]

    /// The service with `changes`; `.null` removes a field.
    static func service(_ changes: JSONObject) -> JSONValue { .object(service.changed(changes)) }
    /// The endpoints with `changes`.
    static func endpoints(_ changes: JSONObject) -> JSONValue { .object(endpoints.changed(changes)) }
    /// The pod with `changes` at its top.
    static func pod(_ changes: JSONObject) -> JSONValue {
        let pod: JSONObject = [
            "kind": "Pod", "id": "web", "apiVersion": "v1beta1", "desiredState": ["manifest": .object(manifest)],
        ]
        return .object(pod.changed(changes))
    }
    /// The pod with `changes` in its manifest.
    static func pod(manifest changes: JSONObject) -> JSONValue {
        pod(["desiredState": ["manifest": .object(manifest.changed(changes))]])
    }
    /// The pod with `changes` in its one container.
    static func pod(container changes: JSONObject) -> JSONValue {
        pod(manifest: ["containers": [.object(container.changed(changes))]])
    }
}

extension JSONObject {
    fileprivate func changed(_ changes: JSONObject) -> JSONObject {
        var object = self
        for member in changes.members {
            object[member.key] = member.value == .null ? nil : member.value
        }
        return object
    }
}

/// One row of a table of rules: an input, and the causes it must have, no more and no fewer.
struct BrokenRule: Sendable, CustomTestStringConvertible {
    var name: String
    var input: JSONValue
    var causes: [FieldCause]
    var testDescription: String { name }

    init(_ name: String, _ input: JSONValue, _ causes: [FieldCause]) {
        self.name = name
        self.input = input
        self.causes = causes
    }

    /// What a node's decoder answers; the causes' `value`s are compared in the tables of recorded answers.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)
        let error = try #require(throws: InvalidObject.self, sourceLocation: sourceLocation) {
            try node.decode(input)
        }
        #expect(error.code == 422, sourceLocation: sourceLocation)
        #expect(
            error.causes.map(\.reason.rawValue) == causes.map(\.reason.rawValue), sourceLocation: sourceLocation)
        #expect(error.causes.map(\.description) == causes.map(\.description), sourceLocation: sourceLocation)
    }
}

extension FieldCause {
    static func notFound(_ field: String, _ message: String) -> FieldCause {
        FieldCause(reason: .fieldValueNotFound, field: field, message: message)
    }
    static func required(_ field: String, _ message: String = "is required") -> FieldCause {
        FieldCause(reason: .fieldValueRequired, field: field, message: message)
    }
    static func duplicate(_ field: String, _ message: String) -> FieldCause {
        FieldCause(reason: .fieldValueDuplicate, field: field, message: message)
    }
    static func invalid(_ field: String, _ message: String) -> FieldCause {
        FieldCause(reason: .fieldValueInvalid, field: field, message: message)
    }
    static func notSupported(_ field: String, _ message: String) -> FieldCause {
        FieldCause(reason: .fieldValueNotSupported, field: field, message: message)
    }
    static func forbidden(_ field: String, _ message: String) -> FieldCause {
        FieldCause(reason: .fieldValueForbidden, field: field, message: message)
    }
}

/// Words of forms that many rows repeat.
enum Words {
    static let dnsLabel = "must be a DNS label (a-z, 0-9 and inner '-', at most 63 characters)"
    static let dnsSubdomain = "must be DNS labels joined by dots (a-z, 0-9, inner '-'; at most 253 characters)"
    static let dns952Label = "must be a DNS-952 label (a-z first, then a-z, 0-9 and inner '-', at most 24 characters)"
    static let labelKey =
        "must be letters, digits and inner '-', '_', '.' (at most 63), after a DNS subdomain and '/' or not"
    static let cIdentifier = "must be a C identifier (A-Z, a-z, 0-9 and '_', no digit first)"
    static let timestamp = "must be a time as 2014-10-21T09:30:00Z (RFC 3339)"
    static let endpoint = "must be an address and a port (10.0.0.1:80, [2001:db8::1]:80)"
}
