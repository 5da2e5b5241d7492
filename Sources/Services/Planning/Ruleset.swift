public import ClusterModel

/// The rules of our chain, one per service at most. Together with a jump to the chain from every `NatHook` this is all the
/// agent ever has in the packet filter.
public struct Ruleset: Sendable, Equatable {
    /// By service.
    public private(set) var rules: [ObjectKey: PortalRule] = [:]

    /// No rules.
    public init() {}

    /// The rule of a service, if it has one. Setting `nil` removes it.
    public subscript(key: ObjectKey) -> PortalRule? {
        get { rules[key] }
        set { rules[key] = newValue }
    }

    /// In the order of their keys: equal rule sets render as equal text.
    public var ordered: [PortalRule] { rules.values.sorted { $0.key < $1.key } }

    /// What turns the rules of the services `keys` into those `wanted` has for them. O(count of `keys`).
    public func delta(to wanted: Ruleset, of keys: some Sequence<ObjectKey>) -> RulesetDelta {
        var delta = RulesetDelta()
        for key in keys where rules[key] != wanted.rules[key] {
            if let old = rules[key] { delta.removed.append(old) }
            if let new = wanted.rules[key] { delta.added.append(new) }
        }
        return delta
    }

    /// Makes the change. O(size of the change).
    public mutating func apply(_ delta: RulesetDelta) {
        for rule in delta.removed { rules[rule.key] = nil }
        for rule in delta.added { rules[rule.key] = rule }
    }
}

/// A change of a `Ruleset`. A rule that changes is in both lists.
public struct RulesetDelta: Sendable, Equatable {
    /// Rules that go.
    public var removed: [PortalRule]
    /// Rules that come.
    public var added: [PortalRule]

    /// A change that removes and adds these rules.
    public init(removed: [PortalRule] = [], added: [PortalRule] = []) {
        self.removed = removed
        self.added = added
    }

    /// Whether nothing changes.
    public var isEmpty: Bool { removed.isEmpty && added.isEmpty }
}
