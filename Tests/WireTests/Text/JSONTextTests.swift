import ClusterModel
import Testing
import Wire

@Suite("JSON texts")
struct JSONTextTests {
    static let values: [(String, JSONValue)] = [
        ("null", .null),
        (" true\n", true),
        ("false", false),
        ("0", 0),
        ("-12", -12),
        ("9223372036854775807", .int(.max)),
        ("-9223372036854775808", .int(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)),
        ("80.0", 80),
        ("8e1", 80),
        ("0.5", .double(0.5)),
        ("1e300", .double(1e300)),
        ("\"\"", ""),
        ("\"a\\u0000b\\n\\/\\\"\\\\\"", "a\u{0}b\n/\"\\"),
        ("\"\\ud83d\\ude00ü\"", "😀ü"),
        ("\"true\"", "true"),
        ("\"12\"", "12"),
        ("\"[{,]\"", "[{,]"),
        ("[]", []),
        ("[1,[\"a\",null],{}]", [1, ["a", .null], .object(JSONObject())]),
        ("{\"b\":{\"y\":[true],\"x\":0.5},\"a\":\"\"}", ["a": "", "b": ["x": .double(0.5), "y": [true]]]),
    ]

    @Test("are read, members sorted by name", arguments: values)
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONText.parse(Array(text.utf8)) == value)
    }

    @Test("that were written are read back", arguments: values)
    func roundTrip(text: String, value: JSONValue) throws {
        #expect(try JSONText.parse(Array(value.text.utf8)) == value)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var code: TextError.Code = .notJSON
        var position: TextPosition?
        var message = ""
        var testDescription: String { String(text.debugDescription.prefix(40)) }
    }

    static func at(_ line: Int, _ column: Int) -> TextPosition { TextPosition(line: line, column: column) }

    static let faults: [Fault] = [
        Fault(text: "", message: "empty"),
        Fault(text: " \n ", message: "empty"),
        Fault(text: "nul"),
        Fault(text: "True"),
        Fault(text: "'a'"),
        Fault(text: "01"),
        Fault(text: "0x10"),
        Fault(text: "1."),
        Fault(text: "NaN"),
        Fault(text: "1e400"),
        Fault(text: "[1e400]"),
        Fault(text: "1 2"),
        Fault(text: "{} {}"),
        Fault(text: "{\"a\":1}x"),
        Fault(text: "{\"a\" 1}"),
        Fault(text: "{a:1}"),
        Fault(text: "{1:1}"),
        Fault(text: "// no\n{}"),
        Fault(text: "\"\\x\""),
        Fault(text: "\"\\ud800\""),
        Fault(text: "\"\\udc00\\ud800\""),
        Fault(text: "{\"a\":\n [1,]}", position: at(2, 5), message: "comma"),
        Fault(text: "{\"a\":1 , }", position: at(1, 10), message: "comma"),
        Fault(text: "{\"a\":[1}", position: at(1, 8), message: "closes nothing"),
        Fault(text: "]", position: at(1, 1), message: "closes nothing"),
        Fault(text: "{\"a\":{}", position: at(1, 8), message: "before its last '{'"),
        Fault(text: "{\"a\":\"b}", position: at(1, 6), message: "does not end"),
        Fault(text: "\"a\\", position: at(1, 1), message: "does not end"),
        Fault(text: "\"a\nb\"", position: at(1, 3), message: "control character"),
        Fault(text: "{}\u{0}", position: at(1, 3), message: "NUL"),
        Fault(text: "{\u{0}}\u{0}", position: at(1, 2), message: "NUL"),
        Fault(
            text: String(repeating: "[", count: 65) + String(repeating: "]", count: 65), code: .tooDeep,
            position: at(1, 65), message: "64"),
        Fault(text: String(repeating: "{\"a\":", count: 100_000), code: .tooDeep, position: at(1, 321)),
    ]

    @Test("that are broken are refused, with the place where it is known", arguments: faults)
    func refuses(fault: Fault) {
        #expect {
            try JSONText.parse(Array(fault.text.utf8))
        } throws: { error in
            let error = error as? TextError
            return error?.code == fault.code && error?.position == fault.position
                && error?.message.contains(fault.message) == true
        }
    }

    @Test("may be nested 64 levels deep")
    func deepest() throws {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSONText.parse(Array(text.utf8)).text == text)
    }

    static let notUTF8: [[UInt8]] = [
        [0xFF], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0xFE, 0xFF, 0x00, 0x31],
    ]

    @Test("that are no UTF-8 are refused", arguments: notUTF8)
    func refusesOtherEncodings(bytes: [UInt8]) {
        #expect {
            try JSONText.parse(bytes)
        } throws: { error in
            (error as? TextError)?.code == .notUTF8
        }
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
