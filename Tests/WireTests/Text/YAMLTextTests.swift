import ClusterModel
import Testing
import Wire

@Suite("YAML texts")
struct YAMLTextTests {
    static let scalars: [(String, JSONValue)] = [
        ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null),
        ("true", true), ("True", true), ("FALSE", false), ("false", false),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("tRUE", "tRUE"), ("nULL", "nULL"),
        ("0", 0), ("+12", 12), ("-12", -12), ("0777", 777), ("0o17", 15), ("0xfF", 255),
        ("9223372036854775807", .int(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
        ("0o8", "0o8"), ("0x", "0x"), ("0xg", "0xg"), ("-0x1", "-0x1"), ("1_000", "1_000"), ("1:30", "1:30"),
        ("1.5", .double(1.5)), ("-.5", .double(-0.5)), ("1.", .double(1)), ("1e3", .double(1000)),
        ("1.5E-1", .double(0.15)), (".", "."), ("+", "+"), ("1e", "1e"), ("1e+", "1e+"), ("1.2.3", "1.2.3"),
        ("e3", "e3"),
        ("10.11.0.1", "10.11.0.1"), ("2014-10-21", "2014-10-21"), ("..inf", "..inf"), ("+-.inf", "+-.inf"),
        ("'12'", "12"), ("\"true\"", "true"), ("'it''s'", "it's"), ("\"a\\u0000\\x41\\n\"", "a\u{0}A\n"),
        ("!!str 12", "12"), ("! 12", "12"), ("!!int \"12\"", 12), ("!!float 1.5", .double(1.5)), ("!!null ''", .null),
        ("!!bool 'true'", true), ("|\n  a\n  b\n", "a\nb\n"), (">\n  a\n  b\n", "a b\n"),
        ("plain text # comment", "plain text"),
        ("ü😀", "ü😀"),
    ]

    @Test("read scalars by the core schema of 1.2", arguments: scalars)
    func scalar(text: String, value: JSONValue) throws {
        #expect(try YAMLText.parse(Array(text.utf8)).map(\.value) == [value])
    }

    static let structures: [(String, JSONValue)] = [
        ("b: 1\na:\n- x\n- y: [1, {z: ~}]\n", ["b": 1, "a": ["x", ["y": [1, ["z": .null]]]]]),
        ("{\"id\":\"tc\",\"selector\":{\"name\":\"x\",},} # as in 2014", ["id": "tc", "selector": ["name": "x"]]),
        ("[1,]", [1]),
        ("{}", [:]),
        ("80: http\n~: x\n'': y", ["80": "http", "~": "x", "": "y"]),
        ("a: &x {k: v}\nb: *x\nc: [*x, *x]", ["a": ["k": "v"], "b": ["k": "v"], "c": [["k": "v"], ["k": "v"]]]),
        ("a: &x 1\nb: &x 2\nc: *x", ["a": 1, "b": 2, "c": 2]),
        ("<<: {a: 1}", ["<<": ["a": 1]]),
        ("!!map {a: !!seq [1]}", ["a": [1]]),
        ("a:\nb:\n", ["a": .null, "b": .null]),
        ("\u{feff}a: 1", ["a": 1]),
        ("%YAML 1.1\n---\na: 1\n...\n", ["a": 1]),
    ]

    @Test("read mappings and sequences, in their order", arguments: structures)
    func structure(text: String, value: JSONValue) throws {
        #expect(try YAMLText.parse(Array(text.utf8)).map(\.value) == [value])
    }

    static let streams: [(String, [JSONValue])] = [
        ("", []), ("# nothing\n", []), ("---\n---\n# none\n---\n", []),
        ("a: 1\n---\nb: 2\n", [["a": 1], ["b": 2]]),
        ("---\na: 1\n---\n", [["a": 1]]),
        ("--- 1\n--- ~\n--- ''\n...\n", [1, .null, ""]),
        ("a: &x 1\n---\nb: &x 2\nc: *x", [["a": 1], ["b": 2, "c": 2]]),
    ]

    @Test("read every document that is not empty", arguments: streams)
    func stream(text: String, values: [JSONValue]) throws {
        #expect(try YAMLText.parse(Array(text.utf8)).map(\.value) == values)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var code: TextError.Code
        var line: Int
        var column: Int
        var message: String
        var testDescription: String { String(text.debugDescription.prefix(50)) }

        init(_ text: String, _ code: TextError.Code, _ line: Int, _ column: Int, _ message: String) {
            self.text = text
            self.code = code
            self.line = line
            self.column = column
            self.message = message
        }
    }

    static let faults: [Fault] = [
        Fault("{", .notYAML, 2, 1, "while parsing a flow node: did not find expected node content"),
        Fault("a: 1\n\tb: 2\n", .notYAML, 2, 1, "found a tab character that violates indentation"),
        Fault("a: b: c", .notYAML, 1, 5, "mapping values are not allowed in this context"),
        Fault("a: [1\nb: 2", .notYAML, 2, 2, "did not find expected ',' or ']'"),
        Fault("a: 'x", .notYAML, 1, 6, "found unexpected end of stream"),
        Fault("a: 1\nb: \u{1}", .notYAML, 2, 4, "control characters are not allowed"),
        Fault("a: *x", .notYAML, 1, 4, "the alias '*x' has no anchor before it"),
        Fault("a: &x [*x]", .notYAML, 1, 8, "the alias '*x' has no anchor before it"),
        Fault("--- &x 1\n--- *x", .notYAML, 2, 5, "the alias '*x' has no anchor before it"),
        Fault("a: 1\nb: 2\na: 3", .duplicateKey, 3, 1, "'a' is there already, on line 1"),
        Fault("x: {\"a\": 1, 'a': 2}", .duplicateKey, 1, 13, "'a' is there already, on line 1"),
        Fault("? [1]\n: 2", .notSupported, 1, 3, "a name must be a plain or a quoted text"),
        Fault("&x a: 1\n*x : 2", .notSupported, 2, 1, "a name must be a plain or a quoted text"),
        Fault("a: !secret b", .notSupported, 1, 4, "'b' is no value JSON has"),
        Fault("a: !!int b", .notSupported, 1, 4, "'b' is no value JSON has"),
        Fault("a: !!int 1.5", .notSupported, 1, 4, "'1.5' is no value JSON has"),
        Fault("a: !set {}", .notSupported, 1, 4, "the tag '!set' is not supported"),
        Fault("a: !!map []", .notSupported, 1, 4, "the tag 'tag:yaml.org,2002:map' is not supported"),
        Fault("a: -.inf", .notSupported, 1, 4, "'-.inf' is no value JSON has"),
        Fault("a: .NaN", .notSupported, 1, 4, "'.NaN' is no value JSON has"),
        Fault("a: 1e400", .notSupported, 1, 4, "'1e400' is no value JSON has"),
        Fault("a: 0xffffffffffffffff", .notSupported, 1, 4, "is no value JSON has"),
        Fault(String(repeating: "[", count: 100_000), .tooDeep, 1, 65, "nested deeper than 64 levels"),
        Fault(String(repeating: "- ", count: 100), .tooDeep, 1, 129, "nested deeper than 64 levels"),
        Fault("a: &x \(nested(40))\nb: &y \(nested(30, "*x"))", .tooDeep, 2, 37, "nested deeper than 64 levels"),
        Fault(laughs, .tooManyAliases, 5, 10, "aliases stand for more than 10000 nodes"),
    ]

    static func nested(_ depth: Int, _ inner: String = "") -> String {
        String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
    }

    /// Nine to the ninth nodes in nine lines.
    static let laughs: String = {
        var text = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n"
        for level in 1..<10 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        return text
    }()

    @Test("that are broken are refused with the place", arguments: faults)
    func refuses(fault: Fault) throws {
        let error = try #require(throws: TextError.self) { try YAMLText.parse(Array(fault.text.utf8)) }
        #expect(error.code == fault.code)
        #expect(error.line == fault.line)
        #expect(error.column == fault.column)
        #expect(error.message.contains(fault.message))
    }

    @Test(
        "that are no UTF-8 are refused",
        arguments: [[0xFF], [0x61, 0x3A, 0x20, 0xC3], [0xFF, 0xFE, 0x31, 0x00]] as [[UInt8]])
    func encoding(bytes: [UInt8]) throws {
        let error = try #require(throws: TextError.self) { try YAMLText.parse(bytes) }
        #expect(error.code == .notUTF8)
    }

    @Test("may be nested 64 levels deep, aliases followed")
    func deepest() throws {
        let text = "a: &x \(Self.nested(40))\nb: \(Self.nested(23, "*x"))"
        #expect(try YAMLText.parse(Array(text.utf8)).count == 1)
    }

    @Test("may alias 10000 nodes in each document, not one more")
    func aliasLimit() throws {
        let scalars = Array(repeating: "x", count: 98).joined(separator: ",")
        // An aliased mapping of one member, a sequence of 98: a hundred nodes, a hundred times.
        let aliases = Array(repeating: "*a", count: 100).joined(separator: ",")
        let document = "a: &a {k: [\(scalars)]}\nb: [\(aliases)]\n"
        #expect(try YAMLText.parse(Array("---\n\(document)---\n\(document)".utf8)).count == 2)
        let error = try #require(throws: TextError.self) {
            try YAMLText.parse(Array("\(document)c: &c 1\nd: *c\n".utf8))
        }
        #expect(error.code == .tooManyAliases)
        #expect(error.position == TextPosition(line: 4, column: 4))
    }
}
