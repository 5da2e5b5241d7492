import ClusterModel
import Testing
import Wire

@Suite("JSON texts")
struct JSONTextTests {
    @Test(
        arguments: [
            ("", []), (" \n", []), ("1", [1]), ("{}{}", [[:], [:]]), ("{\"a\":1}\n\n[2] 3\n", [["a": 1], [2], 3]),
        ] as [(String, [JSONValue])])
    func valuesMayStandOneBehindTheOther(_ text: String, _ values: [JSONValue]) throws {
        #expect(try JSONText.parseAll(Array(text.utf8)) == values)
    }

    @Test(arguments: ["{} x", "{},{}", "1 2 {"])
    func whatStandsBetweenThemIsAFault(_ text: String) {
        #expect(throws: TextError.self) { try JSONText.parseAll(Array(text.utf8)) }
    }

    static let values: [(String, JSONValue)] = [
        ("null", .null),
        (" true\n", true),
        ("false", false),
        ("0", 0),
        ("-12", -12),
        ("9223372036854775807", .int(.max)),
        ("-9223372036854775808", .int(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)),
        ("-0", 0),
        ("80.0", .double(80)),
        ("8e1", .double(80)),
        ("-1.25E+2", .double(-125)),
        ("25e-1", .double(2.5)),
        ("123456789012345678901234567890", .double(1.2345678901234568e29)),
        ("0.5", .double(0.5)),
        ("1e300", .double(1e300)),
        ("\"\"", ""),
        ("\"a\\u0000b\\b\\f\\n\\r\\t\\/\\\"\\\\\"", "a\u{0}b\u{8}\u{c}\n\r\t/\"\\"),
        ("\"\\u00E9\\u20ac\"", "é€"),
        ("\"\\ud83d\\ude00ü\"", "😀ü"),
        ("\"true\"", "true"),
        ("\"12\"", "12"),
        ("\"[{,]\"", "[{,]"),
        ("[]", []),
        ("[1,[\"a\",null],{}]", [1, ["a", .null], .object(JSONObject())]),
        ("{\"b\":{\"y\":[true],\"x\":0.5},\"a\":\"\"}", ["b": ["y": [true], "x": .double(0.5)], "a": ""]),
        ("\t{\r\n\"a\" : [ 1 , 2 ] , \"\\u0062\" : { } } ", ["a": [1, 2], "b": [:]]),
    ]

    @Test("are read, members in their order", arguments: values)
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONText.parse(Array(text.utf8)) == value)
    }

    @Test(
        "that were written are read back",
        arguments: values.map(\.1).filter { $0 != .double(80) && $0 != .double(-125) })
    func roundTrip(value: JSONValue) throws {
        #expect(try JSONText.parse(Array(value.text.utf8)) == value)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var position: TextPosition
        var message: String
        var code: TextError.Code
        var testDescription: String { String(text.debugDescription.prefix(40)) }

        init(_ text: String, _ line: Int, _ column: Int, _ message: String, _ code: TextError.Code = .notJSON) {
            self.text = text
            self.position = TextPosition(line: line, column: column)
            self.message = message
            self.code = code
        }
    }

    static let faults: [Fault] = [
        Fault("", 1, 1, "the text is empty"),
        Fault(" \n ", 2, 2, "the text is empty"),
        Fault("nul", 1, 1, "only true, false and null are words"),
        Fault("nulL", 1, 1, "only true, false and null are words"),
        Fault("True", 1, 1, "a value is missing"),
        Fault("'a'", 1, 1, "a value is missing"),
        Fault("\u{feff}1", 1, 1, "a value is missing"),
        Fault("+1", 1, 1, "a value is missing"),
        Fault(".5", 1, 1, "a value is missing"),
        Fault("NaN", 1, 1, "a value is missing"),
        Fault("01", 1, 2, "followed by something else"),
        Fault("0x10", 1, 2, "followed by something else"),
        Fault("1 2", 1, 3, "followed by something else"),
        Fault("{} {}", 1, 4, "followed by something else"),
        Fault("{\"a\":1}x", 1, 8, "followed by something else"),
        Fault("{}\u{0}", 1, 3, "followed by something else"),
        Fault("true1", 1, 5, "followed by something else"),
        Fault("-", 1, 2, "a digit is missing"),
        Fault("1.", 1, 3, "a digit is missing"),
        Fault("1.e3", 1, 3, "a digit is missing"),
        Fault("1e", 1, 3, "a digit is missing"),
        Fault("1e-+2", 1, 4, "a digit is missing"),
        Fault("[1e400]", 1, 2, "out of range"),
        Fault("[\n-1e400]", 2, 1, "out of range"),
        Fault("{\"a\" 1}", 1, 6, "a ':' is missing"),
        Fault("{\"a\":}", 1, 6, "a value is missing"),
        Fault("{a:1}", 1, 2, "a name in quotes is missing"),
        Fault("{1:1}", 1, 2, "a name in quotes is missing"),
        Fault("{,}", 1, 2, "a name in quotes is missing"),
        Fault("[,1]", 1, 2, "a value is missing"),
        Fault("[1,,2]", 1, 4, "a value is missing"),
        Fault("// no\n{}", 1, 1, "a value is missing"),
        Fault("{\"a\":\n [1,]}", 2, 5, "a ',' stands before ']'"),
        Fault("{\"a\":1 , }", 1, 10, "a ',' stands before '}'"),
        Fault("{\"a\":[1}", 1, 8, "a ',' or ']' is missing"),
        Fault("[1 2]", 1, 4, "a ',' or ']' is missing"),
        Fault("{\"a\":1 \"b\":2}", 1, 8, "a ',' or '}' is missing"),
        Fault("]", 1, 1, "a value is missing"),
        Fault("{\"a\":{}", 1, 8, "the text ends before '}'"),
        Fault("[1", 1, 3, "the text ends before ']'"),
        Fault("[1,", 1, 4, "a value is missing"),
        Fault("{\u{0}}\u{0}", 1, 2, "a name in quotes is missing"),
        Fault("{\"a\":\"b}", 1, 6, "this string does not end"),
        Fault("\"a\\", 1, 3, "no escape"),
        Fault("\"a\\\"", 1, 1, "this string does not end"),
        Fault("\"a\nb\"", 1, 3, "raw control character"),
        Fault("\"\\x\"", 1, 2, "no escape"),
        Fault("\"\\u12g4\"", 1, 2, "four hexadecimal digits"),
        Fault("\"\\u12", 1, 2, "four hexadecimal digits"),
        Fault("\"\\ud800\"", 1, 2, "half a surrogate pair"),
        Fault("\"\\ud800\\u0041\"", 1, 2, "half a surrogate pair"),
        Fault("\"a\\udc00\\ud800\"", 1, 3, "half a surrogate pair"),
        Fault("{\"a\":1,\n\"\\u0061\":2}", 2, 1, "has this name already", .duplicateKey),
        Fault(String(repeating: "[", count: 65), 1, 65, "64", .tooDeep),
        Fault(String(repeating: "{\"a\":", count: 100_000), 1, 321, "64", .tooDeep),
    ]

    @Test("that are broken are refused with the place", arguments: faults)
    func refuses(fault: Fault) throws {
        let error = try #require(throws: TextError.self) { try JSONText.parse(Array(fault.text.utf8)) }
        #expect(error.code == fault.code)
        #expect(error.position == fault.position)
        #expect(error.message.contains(fault.message))
    }

    /// Every beginning of a text is refused, and none reads past its end.
    @Test("that are cut short are refused")
    func beginnings() throws {
        let text = Array(#"{"a":[1,-2.5e+3,true,false,null,"b\u00e9\ud83d\ude00\n"],"c":{}}"#.utf8)
        _ = try JSONText.parse(text)
        for length in text.indices {
            #expect(throws: TextError.self) { try JSONText.parse(Array(text.prefix(length))) }
        }
    }

    @Test("may be nested 64 levels deep")
    func deepest() throws {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSONText.parse(Array(text.utf8)).text == text)
    }

    static let notUTF8: [[UInt8]] = [
        [0x22, 0x0A, 0xC3],
        [0xFF], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0xFE, 0xFF, 0x00, 0x31],
    ]

    @Test("that are no UTF-8 are refused", arguments: notUTF8)
    func refusesOtherEncodings(bytes: [UInt8]) throws {
        let error = try #require(throws: TextError.self) { try JSONText.parse(bytes) }
        #expect(error.code == .notUTF8)
    }

    @Test("that are no UTF-8 are refused with the place of the first wrong byte")
    func firstWrongByte() throws {
        let error = try #require(throws: TextError.self) { try JSONText.parse([0x0A, 0x22, 0xC3, 0xA9, 0xFF, 0xFF]) }
        #expect(error.position == TextPosition(line: 2, column: 4))
    }

    @Test("say what is wrong and where")
    func describes() {
        let error = TextError(code: .notJSON, message: "a comma", position: TextPosition(line: 2, column: 5))
        #expect("\(error)" == "line 2, column 5: a comma")
        #expect(error.line == 2)
        #expect(error.column == 5)
        #expect("\(TextError(code: .notUTF8, message: "no UTF-8"))" == "no UTF-8")
    }
}
