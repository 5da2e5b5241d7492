import ClusterModel

/// The columns of each kind (reference §7 "Columns", those of the article's week) and what they show of an object.
enum ObjectTable: String, CaseIterable {
    case pod = "Pod"
    case service = "Service"
    case replicationController = "ReplicationController"
    case minion = "Minion"
    case event = "Event"
    case status = "Status"

    /// What the name of a list's kind ends in.
    private static let listSuffix = "List"

    /// The table of an object, or of the items of a list; `nil` for a kind that has none.
    static func table(_ object: JSONObject) -> Table? {
        let kind = object.string("kind")
        let isList = kind.hasSuffix(listSuffix)
        guard let columns = ObjectTable(rawValue: isList ? String(kind.dropLast(listSuffix.count)) : kind) else {
            return nil
        }
        let objects = isList ? object.objects("items") : [object]
        return Table(headings: columns.headings, rows: objects.map(columns.row))
    }

    var headings: [String] {
        switch self {
        case .pod: ["ID", "Image(s)", "Host", "Labels", "Status"]
        case .service: ["ID", "Labels", "Selector", "IP", "Port"]
        case .replicationController: ["ID", "Image(s)", "Selector", "Replicas"]
        case .minion: ["Minion identifier"]
        case .event: ["Name", "Kind", "Status", "Reason", "Message"]
        case .status: ["Status"]
        }
    }

    /// The cells of one object; empty for what it lacks.
    func row(_ object: JSONObject) -> [String] {
        let id = object.string("id")
        let desired = object.object("desiredState")
        switch self {
        case .pod:
            let current = object.object("currentState")
            return [
                id, Self.images(desired.object("manifest")), Self.host(desired, current),
                Self.pairs(object.object("labels")), current.string("status"),
            ]
        case .service:
            return [
                id, Self.pairs(object.object("labels")), Self.pairs(object.object("selector")),
                object.string("portalIP"), String(object.int("port")),
            ]
        case .replicationController:
            let template = desired.object("podTemplate").object("desiredState")
            return [
                id, Self.images(template.object("manifest")), Self.pairs(desired.object("replicaSelector")),
                String(desired.int("replicas")),
            ]
        case .minion:
            return [id]
        case .event:
            let involved = object.object("involvedObject")
            return [involved.string("name"), involved.string("kind")]
                + ["status", "reason", "message"].map(object.string)
        case .status:
            return [object.string("status")]
        }
    }

    private static func images(_ manifest: JSONObject) -> String {
        manifest.objects("containers").map { $0.string("image") }.joined(separator: ",")
    }

    /// `node/address`, the address only known to clouds.
    private static func host(_ desired: JSONObject, _ current: JSONObject) -> String {
        let host = desired.string("host").isEmpty ? current.string("host") : desired.string("host")
        let address = current.string("hostIP")
        return host.isEmpty && address.isEmpty ? "<unassigned>" : "\(host)/\(address)"
    }

    /// `k=v` joined by commas, in the order of their bytes.
    private static func pairs(_ labels: JSONObject) -> String {
        labels.members.map { "\($0.key)=\(labels.string($0.key))" }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .joined(separator: ",")
    }
}
