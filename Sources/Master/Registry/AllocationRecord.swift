import ClusterModel
import FoundationEssentials
import Wire

/// What the store keeps of an item that was ever allocated, under the item's name in collection `allocations`: two masters
/// cannot give one item away twice, and a crash loses nothing, because the record is written with its owner.
struct AllocationRecord: Equatable {
    static let collection = "allocations"

    /// Who has the item, or had it.
    var owner: ObjectRef
    /// When it was given up; `nil` while it is held.
    var released: Date?

    /// The record in a document. One that cannot be read keeps its item from being given away until the repair at the next
    /// start has found out whose it is.
    init(_ entry: StoreEntry) {
        self.init(owner: ObjectRef(.service, namespace: "", name: "(damaged record)"))
        guard case .object(let object)? = try? JSONText.parse(entry.value),
            case .string(let kindName)? = object["kind"],
            let kind = APIKind(rawValue: kindName), case .string(let namespace)? = object["namespace"],
            case .string(let name)? = object["name"]
        else { return }
        owner = ObjectRef(kind, namespace: namespace, name: name)
        if case .int(let seconds)? = object["released"] { released = Date(timeIntervalSince1970: Double(seconds)) }
    }

    init(owner: ObjectRef, released: Date? = nil) {
        self.owner = owner
        self.released = released
    }

    /// `{"kind":"Service","namespace":"default","name":"apache-service"}`, and `released` in seconds since 1970.
    var document: [UInt8] {
        var object: JSONObject = [
            "kind": .string(owner.kind.rawValue), "namespace": .string(owner.namespace), "name": .string(owner.name),
        ]
        if let released { object.append("released", .int(Int64(released.timeIntervalSince1970))) }
        return Array(object.text.utf8)
    }
}

extension AllocationPlan {
    /// Where the record of `item` is kept. A network's prefix is left out: no part of a key holds `/`.
    func key(_ item: Item) -> StoreKey {
        StoreKey(
            AllocationRecord.collection, namespace: storeName,
            name: String(item.description.prefix { $0 != "/" }))
    }

    /// Where the records of the plan are kept.
    var storeName: String { itemName.split(separator: " ").joined(separator: "-").lowercased() }
}
