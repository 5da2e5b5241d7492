/// Makes objects of what is sent to the master, by the rules of reference §1.0–§1.8 and in the words of the API server of
/// October 2014. Fields it does not know are ignored (reference §1.0).
public struct APIDecoder: Sendable, Equatable {
    private let rules: ObjectDecoder

    /// A decoder; `allowPrivileged` is whether a container may ask for `privileged`.
    public init(allowPrivileged: Bool) {
        var rules = ObjectDecoder(allowPrivileged: allowPrivileged, requirePortalIP: false)
        rules.speaksAsServer = true
        self.rules = rules
    }

    /// The object of `kind` a request's body holds, in `namespace`, which is the request's.
    ///
    /// Throws 400 when the body is no object, or says another kind or an unknown version; 409 when it names another
    /// namespace; 422 with every cause when fields are wrong.
    /// - Parameter spareName: what an object that says no name is called, if a server may name the kind.
    public func decode(
        _ body: JSONValue, as kind: APIKind, namespace: String, spareName: String? = nil
    ) throws(APIFailure) -> APIObject {
        var fields = try Self.object(body, kind: kind.rawValue)
        if let spareName, kind.isNamedByServer, [.null, ""].contains(fields["id"] ?? .null) {
            fields["id"] = .string(spareName)
        }
        let namesNamespace = fields["namespace"] ?? .null != .null && fields["namespace"] != ""
        if kind.isNamespaced {
            try Self.checkNamespace(of: fields, is: namespace, kind: kind)
            fields["namespace"] = .string(namespace)
        }
        let findings = Findings()
        var object = read(fields, as: kind, findings: findings)
        object.meta.namespace = kind.isNamespaced ? namespace : ""
        object.meta.hidesDefaultNamespace = kind.forgetsNamespace && !namesNamespace
        guard findings.causes.isEmpty else {
            let name = if case .string(let id) = fields["id"] { id.shortened } else { "" }
            throw .invalid(kind.messageName, name, findings.orderedCauses)
        }
        return object
    }

    /// The order a request's body holds, for a pod in `namespace`, which is the request's. Throws as `decode` does.
    public func binding(_ body: JSONValue, namespace: String) throws(APIFailure) -> Binding {
        let object = try Self.object(body, kind: "Binding")
        if case .string(let own) = object["namespace"], !own.isEmpty, own != namespace {
            throw .conflict("binding", own, "Binding.Namespace does not match the provided context")
        }
        let findings = Findings()
        var fields = FieldReader(object, rules: rules, findings: findings)
        let binding = Binding(
            namespace: namespace, podID: fields.text("podID", required: FieldReader.plainlyRequired),
            host: fields.text("host", required: FieldReader.plainlyRequired))
        guard findings.causes.isEmpty else { throw .invalid("binding", binding.podID.shortened, findings.causes) }
        return binding
    }

    /// The object a stored document holds. What is stored was valid when it was written; a rule that came later does not
    /// make it disappear.
    /// - Parameter resourceVersion: the store's revision of the document.
    public func stored(_ document: JSONObject, at ref: ObjectRef, resourceVersion: UInt64) -> APIObject {
        var object = read(document, as: ref.kind, findings: Findings())
        object.meta.name = ref.name
        object.meta.namespace = ref.namespace
        object.meta.resourceVersion = resourceVersion
        object.meta.hidesDefaultNamespace = ref.kind.forgetsNamespace && document["namespace"] == nil
        return object
    }

    private func read(_ object: JSONObject, as kind: APIKind, findings: Findings) -> APIObject {
        var fields = FieldReader(object, rules: rules, findings: findings)
        switch kind {
        case .pod: return .pod(Pod(from: &fields))
        case .service: return .service(Service(from: &fields))
        case .endpoints: return .endpoints(Endpoints(from: &fields))
        case .replicationController: return .replicationController(ReplicationController(from: &fields))
        case .minion: return .minion(Minion(from: &fields))
        case .event: return .event(Event(from: &fields))
        }
    }

    /// The members of `body`, whose header agrees with `kind` or says nothing.
    private static func object(_ body: JSONValue, kind: String) throws(APIFailure) -> JSONObject {
        guard case .object(let object) = body else {
            throw .badRequest("a \(kind) must be an object, was \(body.shownText)")
        }
        switch object["kind"] {
        case nil, .null, .string(""), .string(kind): break
        case let other?: throw .badRequest("data of kind '\(other.plainText)', obj of type '\(kind)'")
        }
        switch object["apiVersion"] {
        case nil, .null, .string(""), .string("v1beta1"), .string("v1beta2"): break
        case let other?: throw .badRequest("unknown apiVersion '\(other.plainText)': use v1beta1")
        }
        return object
    }

    private static func checkNamespace(
        of object: JSONObject, is namespace: String, kind: APIKind
    ) throws(APIFailure) {
        guard case .string(let own) = object["namespace"], !own.isEmpty, own != namespace else { return }
        let (name, owner) =
            switch kind {
            // The words of 2014, which are not those of the other kinds.
            case .replicationController: ("controller", "Controller.Namespace")
            case .event: ("event", "event.namespace")
            default: (kind.messageName, "\(kind.rawValue).Namespace")
            }
        throw .conflict(name, own.shortened, "\(owner) does not match the provided context")
    }
}

extension APIKind {
    /// Whether the server of 2014 did not fill in the namespace of such objects.
    fileprivate var forgetsNamespace: Bool { self == .endpoints || self == .event }

    /// Whether an object that says no name gets one (reference §1.2, §1.7).
    fileprivate var isNamedByServer: Bool { self == .pod || self == .replicationController }
}
