/// What a text held: objects that keep every rule, and doubts about them.
public struct Decoded: Sendable, Equatable {
    /// The objects in the order of the text.
    public var objects: [ClusterObject]
    /// Doubts in words, `unknown field desiredState.manifest.container (did you mean containers?)`; at most
    /// 100 and a last line that counts the rest.
    public var warnings: [String]

    /// The outcome of a decoding.
    public init(objects: [ClusterObject], warnings: [String]) {
        self.objects = objects
        self.warnings = warnings
    }
}

/// Makes model values of JSON values, by the rules of reference §1.0–§1.8: a Pod, Service or Endpoints, a list of them, or
/// bare ContainerManifests, which become Pods named by their `id`.
public struct ObjectDecoder: Sendable, Equatable {
    /// Whether a container may ask for `privileged`.
    public var allowPrivileged: Bool
    /// Whether a Service must carry its portal IP, because nobody behind this decoder allocates one.
    public var requirePortalIP: Bool
    /// Whether a Pod's `currentState` is read. On input it means nothing; a client that shows answers wants it.
    public var keepsCurrentState: Bool
    /// Whether paths, words and leniency are those of the API server of October 2014 (`APIDecoder`), where a node is stricter
    /// or more helpful: label keys are free.
    var speaksAsServer = false

    /// A decoder for a node's input (`requirePortalIP`), or for a client reading answers (`keepsCurrentState`).
    public init(allowPrivileged: Bool, requirePortalIP: Bool, keepsCurrentState: Bool = false) {
        self.allowPrivileged = allowPrivileged
        self.requirePortalIP = requirePortalIP
        self.keepsCurrentState = keepsCurrentState
    }

    /// The objects `value` holds. `defaultKind` is assumed where no kind is written, and demanded where one is.
    ///
    /// Throws 422 `Invalid` with *every* cause, of all items for a list; 400 `BadRequest` when kind or apiVersion are
    /// unknown, missing or not `defaultKind`; 501 `NotImplemented` for those that are known and not served.
    public func decode(_ value: JSONValue, defaultKind: ObjectKind? = nil) throws(InvalidObject) -> Decoded {
        guard case .object(let object) = value else {
            throw .badRequest("an API object must be a JSON object, was \(value.shownText)")
        }
        let form = try ObjectForm(of: object, defaultKind: defaultKind)
        let findings = Findings()
        var fields = FieldReader(object, rules: self, findings: findings)
        let objects: [ClusterObject]
        if form.isList {
            objects = try items(&fields, form: form)
        } else {
            objects = [form.read(&fields)]
        }
        fields.warnAboutUnknownFields()
        let causes = findings.causes
        guard causes.isEmpty else {
            // As written: a refused name is empty in the object.
            let name = if !form.isList, case .string(let id) = object["id"] { id.shortened } else { "" }
            throw .invalid(kind: form.kindName, name: name, causes: causes)
        }
        return Decoded(objects: objects, warnings: findings.warnings)
    }

    /// The objects of the whole set of `kind` that PROTOCOL's `set` carries in `items`; throws as `decode` does, with paths
    /// that begin at `items[0]`.
    public func decode(items: [JSONValue], kind: ObjectKind) throws(InvalidObject) -> Decoded {
        try decode(["kind": .string("\(kind.rawValue)List"), "items": .array(items)])
    }

    private func items(_ fields: inout FieldReader, form: ObjectForm) throws(InvalidObject) -> [ClusterObject] {
        fields.ignoreListHeader()
        if case .array(let items) = fields.object["items"] {
            for (index, item) in items.enumerated() {
                guard case .object(let object) = item else { continue }
                try form.checkItem(object, index: index)
            }
        }
        return fields.objects("items") { form.read(&$0) }
    }
}
