/// Which owners (services, replication controllers) select which members (pods) of their own namespace. Both directions
/// are found through labels, so that a change costs what it touches and not a pass over everything.
///
/// A selector holds when the member carries every pair of it; a missing label reads as an empty one (reference §1.0). An
/// empty selector selects nothing: an owner without one has its members from elsewhere.
struct LabelIndex: Sendable {
    /// What an owner is filed under, and what members are looked up by: one pair every member it selects must carry.
    private enum Anchor: Sendable, Hashable {
        case label(namespace: String, key: String, value: String)
        /// For a selector whose values are all empty, which no label a member carries can lead to.
        case namespace(String)
    }

    private struct Owner: Sendable {
        var selector: [String: String]
        var anchor: Anchor
    }

    private var ownersByName: [ObjectName: Owner] = [:]
    private var labels: [ObjectName: [String: String]] = [:]
    private var ownersByAnchor: [Anchor: Set<ObjectName>] = [:]
    private var membersByAnchor: [Anchor: Set<ObjectName>] = [:]

    /// Takes an owner's selector; `nil` when the owner is gone.
    mutating func set(selector: [String: String]?, of owner: ObjectName) {
        if let old = ownersByName.removeValue(forKey: owner) { Self.remove(owner, from: &ownersByAnchor, old.anchor) }
        guard let selector, !selector.isEmpty else { return }
        let anchor = place(for: selector, of: owner)
        ownersByName[owner] = Owner(selector: selector, anchor: anchor)
        ownersByAnchor[anchor, default: []].insert(owner)
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
        return candidates(owning: member)
            .filter { Self.holds(ownersByName[$0]?.selector ?? [:], of: carried) }
            .sorted()
    }

    /// Whom `owner` selects, in order of their names.
    func members(of owner: ObjectName) -> [ObjectName] {
        guard let selector = ownersByName[owner]?.selector else { return [] }
        return candidates(ownedBy: owner).filter { Self.holds(selector, of: labels[$0] ?? [:]) }.sorted()
    }

    /// Who may select `member`: all that are looked at.
    func candidates(owning member: ObjectName) -> [ObjectName] {
        guard let carried = labels[member] else { return [] }
        return Self.anchors(carried, of: member).flatMap { ownersByAnchor[$0] ?? [] }
    }

    /// Whom `owner` may select: all that are looked at. They carry the pair of its selector that the fewest carry: a label
    /// that all pods of a namespace have must not make every service cost all of them.
    func candidates(ownedBy owner: ObjectName) -> Set<ObjectName> {
        guard let selector = ownersByName[owner]?.selector else { return [] }
        return Self.anchors(selector, of: owner, isSelector: true)
            .map { membersByAnchor[$0] ?? [] }
            .min { $0.count < $1.count } ?? []
    }

    /// Whether something that carries `labels` is selected.
    static func holds(_ selector: [String: String], of labels: [String: String]) -> Bool {
        selector.allSatisfy { (labels[$0.key] ?? "") == $0.value }
    }

    /// The pair with a value under which the fewest owners are filed, of several the one that the fewest members carry. Every
    /// member the selector holds for carries it, so it finds them all.
    private func place(for selector: [String: String], of owner: ObjectName) -> Anchor {
        func crowd(_ anchor: Anchor) -> (Int, Int) {
            (ownersByAnchor[anchor]?.count ?? 0, membersByAnchor[anchor]?.count ?? 0)
        }
        return Self.anchors(selector, of: owner, isSelector: true).min { crowd($0) < crowd($1) }
            ?? .namespace(owner.namespace)
    }

    /// Where something with these labels is found; for a selector the places of which any one leads to all it selects.
    private static func anchors(
        _ labels: [String: String], of name: ObjectName, isSelector: Bool = false
    ) -> [Anchor] {
        let pairs = labels.filter { !isSelector || !$0.value.isEmpty }
            .map { Anchor.label(namespace: name.namespace, key: $0.key, value: $0.value) }
        return isSelector && !pairs.isEmpty ? pairs : pairs + [.namespace(name.namespace)]
    }

    private static func remove(
        _ name: ObjectName, from sets: inout [Anchor: Set<ObjectName>], _ anchor: Anchor
    ) {
        sets[anchor]?.remove(name)
        if sets[anchor]?.isEmpty == true { sets[anchor] = nil }
    }
}
