extension ObjectKind {
    /// The kind called `name`, as a request spells it that names no object (`remove`, `get`). Throws 501 for a kind that is
    /// known and not served, 400 for any other, with the kind it may have been meant for.
    public init(named name: String) throws(InvalidObject) {
        let form = try ObjectForm(named: name)
        guard !form.isList, !form.isManifest else {
            throw .badRequest("kind must be one of \(ObjectForm.servedNames), was '\(name)'", kind: name)
        }
        self = form.kind
    }

    /// What v1beta1 calls a list of the kind: `PodList`.
    public var listName: String { rawValue + ObjectForm.listSuffix }
}

extension ObjectKey {
    /// The key that `kind`, `name` and `namespace` of a request's members name; `namespace` may be absent, other members
    /// are not looked at. Names are not checked for their form: one that no object can have names nothing.
    ///
    /// Throws as `ObjectKind.init(named:)`, and 422 with every cause when kind or name are missing or no strings.
    public init(naming members: JSONObject) throws(InvalidObject) {
        let findings = Findings()
        let rules = ObjectDecoder(allowPrivileged: true, requirePortalIP: false)
        var fields = FieldReader(members, rules: rules, findings: findings)
        let kind = fields.text("kind", required: FieldReader.plainlyRequired)
        let name = fields.text("name", required: FieldReader.plainlyRequired)
        let namespace = fields.text("namespace")
        guard findings.causes.isEmpty else { throw .invalid(kind: kind, name: name, causes: findings.causes) }
        self.init(
            kind: try ObjectKind(named: kind), namespace: namespace.isEmpty ? ObjectMeta.defaultNamespace : namespace,
            name: name)
    }
}
