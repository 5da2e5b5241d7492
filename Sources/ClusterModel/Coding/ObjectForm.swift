/// What a JSON object says it is: an object of a kind or a bare manifest, one or a list of them.
struct ObjectForm: Equatable {
    /// What one object of the form becomes.
    let kind: ObjectKind
    /// A ContainerManifest without the Pod around it (reference §1.3).
    var isManifest = false
    /// `items` holds the objects.
    var isList = false

    /// Kinds that mean something to us and that a node does not take yet; each with its list.
    private static let unservedKinds = ["Node", "ReplicationController", "EndpointSlice"]
    private static let manifestKind = "ContainerManifest"
    static let listSuffix = "List"
    /// v1beta2 is served as v1beta1 is (reference §1.0 "apiVersion").
    private static let servedVersions = ["v1beta1", "v1beta2"]
    /// No kind or version has more bytes; what is longer is refused before it is compared with them.
    private static let headerLimit = 64
    private static let unservedVersions = ["v1", "v1beta3"]

    /// The kind as objects spell it.
    var kindName: String {
        (isManifest ? Self.manifestKind : kind.rawValue) + (isList ? Self.listSuffix : "")
    }

    private init(kind: ObjectKind, isManifest: Bool = false, isList: Bool = false) {
        self.kind = kind
        self.isManifest = isManifest
        self.isList = isList
    }

    /// The form `object` says it has, or `defaultKind` where it says nothing.
    init(of object: JSONObject, defaultKind: ObjectKind?) throws(InvalidObject) {
        guard let name = try Self.header("kind", of: object) else {
            try Self.checkVersion(of: object, kind: defaultKind?.rawValue ?? "")
            if Self.looksLikeManifest(object), defaultKind == nil || defaultKind == .pod {
                self.init(kind: .pod, isManifest: true)
            } else if let defaultKind {
                self.init(kind: defaultKind)
            } else {
                throw .badRequest("kind is missing: it must be one of \(Self.servedNames)")
            }
            return
        }
        try self.init(named: name)
        try Self.checkVersion(of: object, kind: name)
        if let defaultKind, kind != defaultKind {
            throw .badRequest("kind is '\(name)' where '\(defaultKind.rawValue)' is expected", kind: name)
        }
    }

    /// The form called `name`; 501 for a kind we know and do not serve, 400 for any other.
    init(named name: String) throws(InvalidObject) {
        let isList = name.hasSuffix(Self.listSuffix)
        let single = isList ? String(name.dropLast(Self.listSuffix.count)) : name
        if let kind = ObjectKind(rawValue: single) {
            self.init(kind: kind, isList: isList)
        } else if single == Self.manifestKind {
            self.init(kind: .pod, isManifest: true, isList: isList)
        } else if Self.unservedKinds.contains(single) {
            throw .notImplemented("kind '\(name)' is not implemented yet by this version", kind: name)
        } else {
            let guess = Spelling.closest(to: single, among: ObjectKind.allCases.map(\.rawValue))
            let hint = guess.map { " (did you mean \($0)\(isList ? Self.listSuffix : "")?)" } ?? ""
            throw .badRequest("unknown kind '\(name.shortened)'\(hint)", kind: name.shortened)
        }
    }

    /// Refuses an item that says it is something else than its list.
    func checkItem(_ item: JSONObject, index: Int) throws(InvalidObject) {
        var own = self
        own.isList = false
        let named: ObjectForm?
        do {
            named = try Self.header("kind", of: item).map { name throws(InvalidObject) in try ObjectForm(named: name) }
            try Self.checkVersion(of: item, kind: own.kindName)
        } catch {
            throw InvalidObject(
                code: error.code, reason: error.reason, message: "items[\(index)]: \(error.message)", kind: kindName,
                causes: [])
        }
        if let named, named != own {
            throw .badRequest(
                "items[\(index)]: kind is '\(named.kindName)' where '\(own.kindName)' is expected", kind: kindName)
        }
    }

    /// The object in `fields`, which are those of one object of this form.
    func read(_ fields: inout FieldReader) -> ClusterObject {
        fields.ignore("kind", "apiVersion")
        switch kind {
        case .pod where isManifest: return .pod(Pod(manifestIn: &fields))
        case .pod: return .pod(Pod(from: &fields))
        case .service: return .service(Service(from: &fields))
        case .endpoints: return .endpoints(Endpoints(from: &fields))
        case .minion: return .minion(Minion(from: &fields))
        }
    }

    static var servedNames: String { ObjectKind.allCases.map(\.rawValue).joined(separator: ", ") }

    /// A header field; `nil` when absent or empty (reference §1.0: then it is assumed).
    private static func header(_ field: String, of object: JSONObject) throws(InvalidObject) -> String? {
        switch object[field] {
        case nil, .null, .string(""): return nil
        case .string(let text) where text.utf8.count <= headerLimit: return text
        case .string(let text): throw .badRequest("unknown \(field) '\(text.shortened)'")
        case let other?: throw .badRequest("\(field) must be a string, was \(other.shownText)")
        }
    }

    private static func checkVersion(of object: JSONObject, kind: String) throws(InvalidObject) {
        guard let version = try header("apiVersion", of: object), !servedVersions.contains(version) else { return }
        if unservedVersions.contains(version) {
            throw .notImplemented("apiVersion '\(version)' is not implemented yet: use v1beta1", kind: kind)
        }
        throw .badRequest("unknown apiVersion '\(version.shortened)': use v1beta1", kind: kind)
    }

    /// No other object has `version` or `containers` at its top.
    private static func looksLikeManifest(_ object: JSONObject) -> Bool {
        (object["version"] != nil || object["containers"] != nil) && object["desiredState"] == nil
    }
}
