import ClusterModel
import Wire

/// Compares recorded JSON with live JSON up to what the README of the recording says may differ: times, UUIDs,
/// resourceVersions, the order in lists; and portal IPs, because a failed create of 2014 lost one. What stands for what is
/// remembered, must stay so, and is put into later requests.
struct GoldenComparison {
    /// What a UUID or portal IP of the recording is here.
    private var names: [String: String] = [:]
    /// What a resourceVersion of the recording is here.
    private var versions: [String: String] = [:]
    /// What differs, each with its place.
    private(set) var differences: [String] = []

    /// `text` with what is known of this run, in one pass: what is new here may be old in the recording.
    func translated(_ text: String) -> String {
        text.replacing(
            /(?<version>resourceVersion"?[:=] ?)(?<number>[0-9]+)|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+(\.[0-9]+){3}/
        ) {
            match in
            if let version = match.output.version, let number = match.output.number {
                return String(version) + (versions[String(number)] ?? String(number))
            }
            return names[String(match.output.0)] ?? String(match.output.0)
        }
    }

    /// Lets a portal IP of the recording be another from now on.
    mutating func forget(_ address: String) { names[address] = nil }

    /// Compares and forgets the differences of before.
    mutating func compare(_ recorded: JSONValue, _ live: JSONValue) {
        differences = []
        compare(recorded, live, at: "")
    }

    /// Compares lists of events of which the recording may hold only some, in any order if `isOrdered` is not set.
    mutating func compare(events recorded: [JSONValue], _ live: [JSONValue], isOrdered: Bool) {
        differences = []
        if isOrdered { compare(.array(recorded), .array(live), at: "") } else { compareSome(recorded, live, at: "") }
    }

    private static let lists: Set<String> = ["items", "minions"]

    private mutating func compare(_ recorded: JSONValue, _ live: JSONValue, at place: String) {
        switch (recorded, live) {
        case (.object(let left), .object(let right)):
            if left.members.map(\.key) != right.members.map(\.key) {
                differences.append(
                    "\(place): has \(right.members.map(\.key)), recorded were \(left.members.map(\.key))")
            }
            for member in left.members {
                guard let value = right[member.key] else { continue }
                compare(member.key, member.value, value, in: left, at: "\(place).\(member.key)")
            }
        case (.array(let left), .array(let right)):
            if left.count != right.count {
                differences.append("\(place): has \(right.count) elements, recorded were \(left.count)")
            }
            for (index, pair) in zip(left, right).enumerated() { compare(pair.0, pair.1, at: "\(place)[\(index)]") }
        case (.string(let left), .string(let right)):
            if Self.withoutVersions(translated(left)) != Self.withoutVersions(right) {
                differences.append("\(place): is '\(right)', recorded was '\(left)'")
            }
        default:
            if recorded != live { differences.append("\(place): is \(live.text), recorded was \(recorded.text)") }
        }
    }

    private mutating func compare(
        _ key: String, _ recorded: JSONValue, _ live: JSONValue, in object: JSONObject, at place: String
    ) {
        switch (key, recorded, live) {
        case ("creationTimestamp", .string(let left), .string(let right)):
            if left.count != right.count || !right.hasSuffix("Z") {
                differences.append("\(place): '\(right)' is no time like '\(left)'")
            }
        case ("resourceVersion", .int(let left), .int(let right)):
            // A list's is the newest of all, which need not be an object's.
            if object["id"] != nil { learn("\(left)", "\(right)", in: \.versions, at: place) }
        case ("uuid", .string(let left), .string(let right)) where Self.isUUID(left) && Self.isUUID(right),
            ("id", .string(let left), .string(let right)) where Self.isUUID(left) && Self.isUUID(right),
            ("portalIP", .string(let left), .string(let right)):
            learn(left, right, in: \.names, at: place)
        case (_, .array(let left), .array(let right)) where Self.lists.contains(key):
            compareSome(left, right, at: place)
            if left.count != right.count {
                differences.append("\(place): has \(right.count) elements, recorded were \(left.count)")
            }
        default: compare(recorded, live, at: place)
        }
    }

    /// Every recorded element has a live one of its name.
    private mutating func compareSome(_ recorded: [JSONValue], _ live: [JSONValue], at place: String) {
        for element in recorded {
            let name = Self.name(element)
            guard let other = live.first(where: { Self.name($0) == translated(name) }) else {
                differences.append("\(place): \(name) is missing")
                continue
            }
            compare(element, other, at: "\(place)[\(name)]")
        }
    }

    private mutating func learn(
        _ recorded: String, _ here: String, in table: WritableKeyPath<Self, [String: String]>, at place: String
    ) {
        if let known = self[keyPath: table].updateValue(here, forKey: recorded), known != here {
            differences.append("\(place): '\(recorded)' of the recording was '\(known)' here and now is '\(here)'")
        }
    }

    private static func name(_ element: JSONValue) -> String {
        let object = element["object"] == .null ? element : element["object"]
        return "\(object["namespace"].string ?? "")/\(object["id"].string ?? "")"
    }

    /// A UUID of version 1, as 2014 gave them out.
    private static func isUUID(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/) != nil
    }

    /// Which revisions a refused update names is as free as the revisions.
    private static func withoutVersions(_ text: String) -> String {
        text.replacing(/\[[0-9]+ != [0-9]+\]\) \[[0-9]+\]/, with: "[1 != 2]) [2]")
    }
}
