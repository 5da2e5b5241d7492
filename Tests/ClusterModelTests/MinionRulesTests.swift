import ClusterModel
import Testing

@Suite("The rules of minions on a node")
struct MinionRulesTests {
    private static let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)

    private static func sample(_ changes: [String: JSONValue]) -> JSONValue {
        var members: [(String, JSONValue)] = [("kind", "Minion"), ("apiVersion", "v1beta1")]
        var object: [String: JSONValue] = ["id": "yy3", "hostIP": "172.16.213.141", "podCIDR": "10.244.2.0/24"]
        object.merge(changes) { $1 }
        members += object.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return .object(JSONObject(members.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }

    @Test func aMinionIsReadWithItsNetwork() throws {
        let decoded = try Self.node.decode(Self.sample([:]))
        let minion = Minion(
            meta: ObjectMeta(name: "yy3", namespace: ""), hostIP: "172.16.213.141",
            podCIDR: IPv4Network("10.244.2.0/24"))
        #expect(decoded.objects == [.minion(minion)])
        #expect(decoded.warnings == [])
        #expect(decoded.objects.first?.key.description == "Minion yy3")
    }

    static let broken: [(changes: [String: JSONValue], field: String, message: String)] = [
        (["id": .null], "id", "is required"),
        (["hostIP": "yy3.example"], "hostIP", "must be an IPv4 address, was 'yy3.example'"),
        (["podCIDR": "10.244.2.0"], "podCIDR", "must be a network as 10.244.1.0/24, /30 at most, was '10.244.2.0'"),
        (
            ["podCIDR": "10.244.2.0/31"], "podCIDR",
            "must be a network as 10.244.1.0/24, /30 at most, was '10.244.2.0/31'"
        ),
    ]

    @Test("what is no minion is refused with its field", arguments: broken)
    func refuses(row: (changes: [String: JSONValue], field: String, message: String)) throws {
        let error = try #require(throws: InvalidObject.self) { try Self.node.decode(Self.sample(row.changes)) }
        #expect(error.code == 422)
        #expect(error.causes.map(\.field) == [row.field])
        #expect(error.causes.map(\.message) == [row.message])
    }

    @Test func everyBrokenFieldIsNamedWithItsPlaceInTheSet() throws {
        let items = [Self.sample([:]), Self.sample(["hostIP": "x", "podCIDR": "y"])]
        let error = try #require(throws: InvalidObject.self) { try Self.node.decode(items: items, kind: .minion) }
        #expect(error.causes.map(\.field) == ["items[1].hostIP", "items[1].podCIDR"])
    }

    static let addresses: [(hostIP: String, name: String, address: String?)] = [
        ("10.0.0.1", "yy3", "10.0.0.1"), ("", "10.0.0.2", "10.0.0.2"), ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
        ("", "yy3", nil),
    ]

    @Test("a minion's address is its hostIP, or its name", arguments: addresses)
    func address(row: (hostIP: String, name: String, address: String?)) {
        let minion = Minion(meta: ObjectMeta(name: row.name), hostIP: row.hostIP)
        #expect(minion.address?.description == row.address)
    }

    @Test func aMinionHasNoNamespaceWhateverARequestSays() throws {
        let key = try ObjectKey(naming: ["kind": "Minion", "name": "yy3", "namespace": "other"])
        #expect(key == ObjectKey(kind: .minion, name: "yy3"))
    }
}
