import ClusterModel
import Wire

/// An object as minions are given it, encoded once for all of them: its members without the header that a set leaves out and
/// an `apply` needs, without its version, which stands first, and without what is observed of it.
struct EncodedObject: Sendable, Equatable {
    let key: ObjectKey
    /// The store's revision of the object.
    let version: UInt64
    /// `"id":"web",…`, without braces.
    private let members: [UInt8]

    /// `nil` for a kind that minions are not given, and for a minion that has no address or no subnet yet: there is nothing
    /// others could do with it.
    init?(_ object: APIObject) {
        guard let key = ObjectKey(object.ref) else { return nil }
        self.key = key
        version = object.meta.resourceVersion
        var json = object.itemJSON()
        if case .minion(let minion) = object {
            guard let peer = minion.asPeer else { return nil }
            json = peer.itemJSON()
        }
        for observed in ["resourceVersion", "currentState", "selfLink"] { json[observed] = nil }
        var text: [UInt8] = []
        json.write(into: &text)
        members = Array(text.dropFirst().dropLast())
    }

    /// Whether a minion that has `other` learns nothing from this but its version.
    func says(theSameAs other: EncodedObject) -> Bool { members == other.members }

    /// Appends the object as an item of a set.
    func writeItem(into output: inout [UInt8], versioned: Bool) {
        output.append(UInt8(ascii: "{"))
        if versioned { output += #""resourceVersion":\#(Int64(clamping: version)),"#.utf8 }
        output += members
        output.append(UInt8(ascii: "}"))
    }

    /// The request that adds or updates the object.
    var apply: EncodedRequest { apply(versioned: true) }

    /// The same, with or without its version.
    func apply(versioned: Bool) -> EncodedRequest {
        .apply(key.kind, members: members, resourceVersion: versioned ? version : nil)
    }
}

extension ObjectKey {
    /// The object as minions call it; `nil` for a kind that they are not given.
    init?(_ ref: ObjectRef) {
        guard let kind = ObjectKind(rawValue: ref.kind.rawValue) else { return nil }
        self.init(kind: kind, namespace: ref.namespace, name: ref.name)
    }
}

extension Minion {
    /// What other minions are told of it: where it is and which addresses its pods have (PROTOCOL "Objects"). Labels and
    /// capacity are the scheduler's business, and a change of them no news. `nil` as long as either is not known.
    fileprivate var asPeer: Minion? {
        guard let address, let podCIDR else { return nil }
        return Minion(
            meta: ObjectMeta(name: meta.name, namespace: ""), hostIP: address.description, podCIDR: podCIDR)
    }
}
