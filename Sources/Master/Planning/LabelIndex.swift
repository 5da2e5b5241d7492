/// Which owners (services, replication controllers) select which members (pods) of their own namespace. Both directions
/// are found through labels, so that a change costs what it touches and not a pass over everything.
///
/// A selector holds when the member carries every pair of it; a missing label reads as an empty one (reference §1.0). An
/// empty selector selects nothing: an owner without one has its members from elsewhere.
struct LabelIndex: Sendable {
    /// What an owner is filed under and looked up by: one pair every member it selects must carry.
    private enum Anchor: Sendable, Hashable {
        case label(namespace: String, key: String, value: String)
        /// For a selector whose values are all empty, which no label a member carries can lead to.
        case namespace(String)
    }

    private var selectors: [ObjectName: [String: String]] = [:]
    private var labels: [ObjectName: [String: String]] = [:]
    private var ownersByAnchor: [Anchor: Set<ObjectName>] = [:]
    private var membersByAnchor: [Anchor: Set<ObjectName>] = [:]

    /// Takes an owner's selector; `nil` when the owner is gone.
    mutating func set(selector: [String: String]?, of owner: ObjectName) {
        if let old = selectors[owner] { Self.remove(owner, from: &ownersByAnchor, Self.anchor(old, of: owner)) }
        selectors[owner] = selector.flatMap { $0.isEmpty ? nil : $0 }
        if let new = selectors[owner] { ownersByAnchor[Self.anchor(new, of: owner), default: []].insert(owner) }
    }

    /// Takes a member's labels; `nil` when the member is gone.
    mutating func set(labels new: [String: String]?, of member: ObjectName) {
        if let old = labels[member] {
            if old == new { return }
            for anchor in Self.anchors(old, of: member) { Self.remove(member, from: &membersByAnchor, anchor) }
        }
        labels[member] = new
        guard let new else { return }
        for anchor in Self.anchors(new, of: member) { membersByAnchor[anchor, default: []].insert(member) }
    }

    /// Who selects `member`, in order of their names.
    func owners(of member: ObjectName) -> [ObjectName] {
        guard let carried = labels[member] else { return [] }
        return Self.anchors(carried, of: member)
            .flatMap { ownersByAnchor[$0] ?? [] }
            .filter { Self.holds(selectors[$0] ?? [:], of: carried) }
            .sorted()
    }

    /// Whom `owner` selects, in order of their names.
    func members(of owner: ObjectName) -> [ObjectName] {
        guard let selector = selectors[owner] else { return [] }
        return (membersByAnchor[Self.anchor(selector, of: owner)] ?? [])
            .filter { Self.holds(selector, of: labels[$0] ?? [:]) }
            .sorted()
    }

    /// Whether something that carries `labels` is selected.
    static func holds(_ selector: [String: String], of labels: [String: String]) -> Bool {
        selector.allSatisfy { (labels[$0.key] ?? "") == $0.value }
    }

    /// The first pair with a value: every member the selector holds for carries it, so it finds them all, each owner
    /// under one anchor only.
    private static func anchor(_ selector: [String: String], of owner: ObjectName) -> Anchor {
        selector.filter { !$0.value.isEmpty }.min { $0.key < $1.key }.map {
            .label(namespace: owner.namespace, key: $0.key, value: $0.value)
        } ?? .namespace(owner.namespace)
    }

    private static func anchors(_ labels: [String: String], of member: ObjectName) -> [Anchor] {
        [.namespace(member.namespace)]
            + labels.map { .label(namespace: member.namespace, key: $0.key, value: $0.value) }
    }

    private static func remove(
        _ name: ObjectName, from sets: inout [Anchor: Set<ObjectName>], _ anchor: Anchor
    ) {
        sets[anchor]?.remove(name)
        if sets[anchor]?.isEmpty == true { sets[anchor] = nil }
    }
}
