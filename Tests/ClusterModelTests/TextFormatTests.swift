import Testing

@testable import ClusterModel

@Suite("Forms of texts")
struct TextFormatTests {
    static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let table: [(TextFormat, [String], [String])] = [
        (
            .dnsLabel, ["a", "0", "a-b", "0--9", repeated("a", 63)],
            ["", "-a", "a-", "A", "a.b", "a_b", "ü", repeated("a", 64), "a\n"]
        ),
        (
            .dnsSubdomain,
            ["a", "a.b", "0.1-2.c", repeated("a", 63) + "." + repeated("b.", 94) + "c"],
            ["", ".", "a.", ".a", "a..b", "A.b", repeated("a", 64), "a.-b", repeated("a.", 126) + "bb"]
        ),
        (.dns952Label, ["a", "a0", "a-b", repeated("a", 24)], ["", "0a", "-a", "a-", "A", "a.b", repeated("a", 25)]),
        (
            .labelKey,
            [
                "a", "0", "replicationController", "App_Name", "a.b", "app.kubernetes.io/name", repeated("a", 63),
                "x/" + repeated("A", 63),
            ],
            ["", "/a", "a/", "a b", "-a", "a.", "A/b", "a/b/c", repeated("a", 64)]
        ),
        (.cIdentifier, ["a", "_", "A_9", "Z" + repeated("x", 300)], ["", "9", "a-b", "a b", "ä", "a.b"]),
        (.ipv4Address, ["1.2.3.4"], ["", "1.2.3", "x"]),
        (.endpoint, ["1.2.3.4:5"], ["", "1.2.3.4"]),
        (.absolutePath, ["/", "/a b"], ["", "a", "./a"]),
        (
            .timestamp,
            [
                "2014-10-21T09:30:00Z", "2014-10-21T09:30:00.123Z", "2014-10-21T09:30:00+02:00",
                "2014-10-21T09:30:00-11:30",
            ],
            [
                "", "2014-10-21", "2014-10-21T09:30:00", "2014-10-21 09:30:00Z", "2014-10-21T09:30:00.Z",
                "2014-10-21T09:30:00z",
                "2014-10-21T09:30:00Zx", "2014-10-21T09:30Z", "2014-10-21T09:30:00+0200",
            ]
        ),
    ]

    @Test("accept what they describe and nothing else", arguments: table)
    func formats(format: TextFormat, good: [String], bad: [String]) {
        #expect(good.filter { !format.accepts($0) } == [])
        #expect(bad.filter { format.accepts($0) } == [])
    }

    @Test("are all in the table")
    func complete() {
        #expect(Self.table.map(\.0) == TextFormat.allCases)
    }
}
