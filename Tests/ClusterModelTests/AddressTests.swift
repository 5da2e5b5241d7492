import ClusterModel
import Testing

@Suite("Addresses and names")
struct AddressTests {
    static let addresses: [(String, UInt32)] = [
        ("0.0.0.0", 0), ("10.11.0.1", 0x0A0B_0001), ("255.255.255.255", .max), ("1.2.3.4", 0x0102_0304),
    ]

    @Test("an IPv4 address is read and written", arguments: addresses)
    func address(text: String, value: UInt32) {
        #expect(IPv4Address(text) == IPv4Address(value: value))
        #expect(IPv4Address(value: value).description == text)
    }

    static let noAddresses = [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2.3.+4", "01.2.3.4", "1.2.3.00", "0x1.2.3.4", " 1.2.3.4",
        "1.2.3.4 ", "1..3.4", "1.2.3.", ".1.2.3", "1.2.3.99999999999999999999", "a.b.c.d", "::1", "١.2.3.4",
        "1.2.3.4\u{0}",
    ]

    @Test("anything else is none", arguments: noAddresses)
    func noAddress(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test("addresses are ordered by number")
    func order() {
        let texts = ["10.0.0.10", "9.255.255.255", "10.0.0.9", "200.0.0.1"]
        #expect(
            texts.compactMap(IPv4Address.init).sorted().map(\.description) == [
                "9.255.255.255", "10.0.0.9", "10.0.0.10", "200.0.0.1",
            ])
    }

    static let networks: [(String, String, [String], [String])] = [
        ("10.11.0.0/16", "10.11.0.0/16", ["10.11.0.0", "10.11.255.255"], ["10.10.255.255", "10.12.0.0"]),
        ("10.11.0.1/16", "10.11.0.0/16", ["10.11.0.0"], ["10.12.0.0"]),
        ("0.0.0.0/0", "0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], []),
        ("1.2.3.4/0", "0.0.0.0/0", ["9.9.9.9"], []),
        ("1.2.3.4/32", "1.2.3.4/32", ["1.2.3.4"], ["1.2.3.5", "1.2.3.3"]),
        ("128.0.0.0/1", "128.0.0.0/1", ["255.0.0.0"], ["127.255.255.255"]),
    ]

    @Test("a network contains its addresses", arguments: networks)
    func network(text: String, canonical: String, inside: [String], outside: [String]) throws {
        let network = try #require(IPv4Network(text))
        #expect(network.description == canonical)
        #expect(inside.compactMap(IPv4Address.init).filter(network.contains).count == inside.count)
        #expect(!outside.compactMap(IPv4Address.init).contains(where: network.contains))
    }

    static let noNetworks = [
        "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0/8", "10.0.0.0/8/8", "/8",
    ]

    @Test("anything else is no network", arguments: noNetworks)
    func noNetwork(text: String) {
        #expect(IPv4Network(text) == nil)
    }

    @Test("a prefix is 0 to 32 bits")
    func prefix() {
        #expect(IPv4Network(address: IPv4Address(value: 1), prefixLength: 33) == nil)
        #expect(IPv4Network(address: IPv4Address(value: 1), prefixLength: -1) == nil)
    }

    static let pairs: [(String, String, Bool)] = [
        ("10.0.0.0/8", "10.11.0.0/16", true), ("10.11.0.0/16", "10.0.0.0/8", true),
        ("10.0.0.0/16", "10.1.0.0/16", false),
        ("0.0.0.0/0", "1.2.3.4/32", true),
    ]

    @Test("networks overlap or not", arguments: pairs)
    func overlap(left: String, right: String, isOverlap: Bool) throws {
        #expect(try #require(IPv4Network(left)).overlaps(try #require(IPv4Network(right))) == isOverlap)
    }

    static let endpoints: [(String, EndpointAddress.Host, UInt16)] = [
        ("10.0.0.1:80", .ipv4(IPv4Address(value: 0x0A00_0001)), 80),
        ("10.0.0.1:65535", .ipv4(IPv4Address(value: 0x0A00_0001)), 65535),
        ("[2001:db8::1]:443", .ipv6("2001:db8::1"), 443),
        ("[::ffff:1.2.3.4]:1", .ipv6("::ffff:1.2.3.4"), 1),
    ]

    @Test("an endpoint is read and written", arguments: endpoints)
    func endpoint(text: String, host: EndpointAddress.Host, port: UInt16) {
        #expect(EndpointAddress(text) == EndpointAddress(host: host, port: port))
        #expect(EndpointAddress(host: host, port: port).description == text)
    }

    static let noEndpoints = [
        "", ":", "10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:080", "10.0.0.1:http", ":80",
        "host:80",
        "2001:db8::1:80", "[10.0.0.1]:80", "[]:80", "[g::]:80", "[::1]80", "10.0.0.1:-1", "10.0.0.1: 80",
    ]

    @Test("anything else is no endpoint", arguments: noEndpoints)
    func noEndpoint(text: String) {
        #expect(EndpointAddress(text) == nil)
    }

    @Test("keys say and order what they name")
    func keys() {
        let keys = [
            ObjectKey(kind: .service, name: "a"), ObjectKey(kind: .pod, namespace: "z", name: "a"),
            ObjectKey(kind: .pod, name: "b"),
            ObjectKey(kind: .pod, name: "a"),
        ]
        #expect(keys.sorted().map(\.description) == ["Pod default/a", "Pod default/b", "Pod z/a", "Service default/a"])
    }
}
