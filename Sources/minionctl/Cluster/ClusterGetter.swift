import APIClient
import ClusterModel
import Wire

/// Shows objects of one kind of a cluster.
struct ClusterGetter {
    /// Between two looks at what a watch of 2014's API does not tell: it shows pods as they are stored, without their state,
    /// and no minions.
    static let lookInterval: Duration = .seconds(1)

    let kind: ClusterKind
    /// `nil` for all.
    var name: String?
    /// `nil` for all; of one that is named the default.
    var namespace: String?
    /// Label terms; empty for all.
    var selector = ""
    var format = Format.table

    /// What was shown, and as of when.
    struct Seen {
        var items: [JSONValue]
        var version: UInt64
        /// The table's columns.
        var widths: [Int]
    }

    /// Prints what there is. Throws what the client throws.
    func show(_ client: APIClient) async throws -> Seen {
        let (answer, items) = try await fetch(client)
        let isWide = format == .wide
        let table = Table(
            headings: kind.headings(isWide: isWide), rows: items.map { kind.row($0, isWide: isWide) })
        switch format {
        case .table, .wide:
            if items.isEmpty {
                Output.complain("No \(kind.resource.pathName).")
            } else {
                try Output.write(table.text)
            }
        case .json: try Output.write(answer.text + "\n")
        case .yaml: try Output.write(YAMLText.write(answer))
        }
        return Seen(items: items, version: answer["resourceVersion"].version, widths: table.widths)
    }

    /// The answer as it is, and the objects in it.
    private func fetch(_ client: APIClient) async throws -> (answer: JSONValue, items: [JSONValue]) {
        if kind == .minions, format.isTable, let states = try await minionStates(client) { return (.null, states) }
        if let name {
            let object = try await client.get(
                kind.resource, name, namespace: kind.isNamespaced ? namespace ?? ObjectMeta.defaultNamespace : "",
                reasons: true)
            return (.object(object), [.object(object)])
        }
        let list = try await client.list(
            kind.resource, namespace: namespace ?? "", labels: selector, reasons: true)
        return (.object(list), JSONValue.object(list)["items"].elements)
    }

    /// Minions with what only a table shows: how they are, and their pod subnet, also of those that lists leave out because
    /// they do not answer. `nil` where the one that is named is none of them, and of a server that does not tell.
    private func minionStates(_ client: APIClient) async throws -> [JSONValue]? {
        do {
            let answer = try await client.send(APIRequest(.get, ["minionStates"]).adding("labels", selector))
            let states = JSONValue.object(answer)["items"].elements
            guard let name else { return states }
            let named = states.filter { $0["id"].cell == name }
            return named.isEmpty ? nil : named
        } catch {
            if error.httpStatus == 404 { return nil }
            throw error
        }
    }

    /// Prints every change after what was shown, until the task is cancelled.
    func follow(_ client: APIClient, from seen: Seen) async throws {
        if kind == .pods || kind == .minions { return try await look(client, from: seen) }
        var version = seen.version
        while true {
            let events = try await client.watch(
                kind.resource, namespace: namespace ?? "", labels: selector, after: version)
            for try await event in events {
                let object = JSONValue.object(event.object)
                version = max(version, object["resourceVersion"].version)
                guard name == nil || object["id"].cell == name else { continue }
                try say(ObjectChange(event.change, object), seen.widths)
            }
        }
    }

    private func look(_ client: APIClient, from seen: Seen) async throws {
        var difference = ListDifference(seen.items)
        while true {
            try await Task.sleep(for: Self.lookInterval)
            var items: [JSONValue] = []
            do {
                items = try await fetch(client).items
            } catch let error as APIError where error.httpStatus == 404 {
                // The one that is watched is gone.
            }
            for change in difference.update(items) { try say(change, seen.widths) }
        }
    }

    private func say(_ change: ObjectChange, _ widths: [Int]) throws {
        switch format {
        case .table, .wide:
            let row = kind.row(change.object, isWide: format == .wide) + (change.kind == .deleted ? ["(deleted)"] : [])
            try Output.say(Table.line(row, widths: widths))
        case .json: try Output.say(change.json.text)
        case .yaml: try Output.write("---\n" + YAMLText.write(change.json))
        }
    }
}

/// What became of an object.
struct ObjectChange: Equatable {
    let kind: APIWatchEvent.Change
    /// As it is; as it was, of one that is deleted.
    let object: JSONValue

    init(_ kind: APIWatchEvent.Change, _ object: JSONValue) {
        self.kind = kind
        self.object = object
    }

    /// As a watch of the API writes it.
    var json: JSONValue { ["type": .string(kind.rawValue), "object": object] }
}

/// What is different between one look at a list and the next.
struct ListDifference {
    private var known: [String: JSONValue] = [:]

    /// Begins with what was seen already.
    init(_ items: [JSONValue]) {
        for item in items { known[Self.key(item)] = item }
    }

    /// The changes that lead to `items`: in their order, then what is gone.
    mutating func update(_ items: [JSONValue]) -> [ObjectChange] {
        var gone = known
        var changes: [ObjectChange] = []
        for item in items {
            let key = Self.key(item)
            let before = gone.removeValue(forKey: key)
            if before != item { changes.append(ObjectChange(before == nil ? .added : .modified, item)) }
            known[key] = item
        }
        for (key, object) in gone.sorted(by: { $0.key < $1.key }) {
            known[key] = nil
            changes.append(ObjectChange(.deleted, object))
        }
        return changes
    }

    private static func key(_ item: JSONValue) -> String { "\(item.namespaceCell)/\(item["id"].cell)" }
}

extension JSONValue {
    /// A resourceVersion; 0 for none.
    var version: UInt64 { if case .int(let number) = self { UInt64(clamping: number) } else { 0 } }
}
