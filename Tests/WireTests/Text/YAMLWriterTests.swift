import ClusterModel
import Testing
import Wire

@Suite("The YAML writer")
struct YAMLWriterTests {
    static let documents: [(JSONValue, String)] = [
        (.null, "null\n"), (-5, "-5\n"), ("text", "text\n"), ("12", "'12'\n"),
        ([], "[]\n"), ([:], "{}\n"),
        (
            ["kind": "Pod", "port": 80, "empty": [:], "none": .null, "list": ["a", ["b": 1, "c": 2]]],
            "kind: Pod\nport: 80\nempty: {}\nnone: null\nlist:\n- a\n- b: 1\n  c: 2\n"
        ),
        (
            [
                "a": "true", "n": true, "h": .double(0.5), "b": "12", "c": "yes", "d": "", "e": "10.11.0.1",
                "f": "1:30", "g": "2014-10-21T09:30:00Z",
            ],
            "a: 'true'\n'n': true\nh: 0.5\nb: '12'\nc: 'yes'\nd: ''\ne: 10.11.0.1\nf: '1:30'\ng: '2014-10-21T09:30:00Z'\n"
        ),
        (["a": "it's: #1", "80": "x", "y": "z"], "a: 'it''s: #1'\n'80': x\n'y': z\n"),
        (["a": "one\ntwo\n"], "a: |\n  one\n  two\n"),
        (["a": "\u{0}\u{1b}"], "a: \"\\0\\e\"\n"),
        (["ü": "€"], "ü: €\n"),
        (
            ["a": .string(String(repeating: "long words ", count: 20) + "end")],
            "a: " + String(repeating: "long words ", count: 20) + "end\n"
        ),
    ]

    @Test("writes block style, quoting what would be read as something else", arguments: documents)
    func writes(value: JSONValue, text: String) {
        #expect(YAMLText.write(value) == text)
    }

    @Test("as Go did it quotes doubly, and only what is a number, a word or nothing")
    func golang() {
        let value: JSONValue = [
            "a": "12", "b": "true", "c": "", "d": "2014-10-21T09:30:00Z", "e": "2014-10-21T09:30:0xZ", "f": "a: b",
            "g": "1:30", "h": "426e3d66-e9d0-11f1-ba2f-517bc2e34a18", "i": "10.0.0.1:80", "j": "-1_0:5:59.5",
            "k": "1:60",
            "l": "0b1", "m": "1e5", "n": "yES", "o": "Yes", "p": "0x1F", "q": "1_000", "r": "+.5",
        ]
        let text = "a: \"12\"\nb: \"true\"\nc: \"\"\nd: 2014-10-21T09:30:00Z\ne: 2014-10-21T09:30:0xZ\nf: 'a: b'\n"
        let rest =
            "g: \"1:30\"\nh: 426e3d66-e9d0-11f1-ba2f-517bc2e34a18\ni: 10.0.0.1:80\nj: \"-1_0:5:59.5\"\nk: 1:60\n"
            + "l: \"0b1\"\nm: \"1e5\"\n\"n\": yES\no: \"Yes\"\np: \"0x1F\"\nq: \"1_000\"\nr: \"+.5\"\n"
        #expect(YAMLText.write(value, style: .golang) == text + rest)
    }

    static let strings: [String] = [
        "", " ", " a", "a ", "a: b", "a:", ":", "# x", "a #b", "- a", "-", "--", "---", "...", "? a", "true", "NULL",
        "~", "1",
        "-1", "+1", "1e3", "0x1F", "0o7", ".5", ".inf", ".NaN", "1_0", "0b1", "yes", "Off", "<<", "=", "1:30:00",
        "1.2.3",
        "10.0.0.1:80", "line\n", "\nline", "two\nlines", "two\n\n", "\n", "  indented\n more", "trailing \nspace ",
        "tab\t", "\t",
        "\tx\ny", "\u{0}", "\r\n", "é😀", "\u{2028}", "\u{85}", "\u{feff}", "\u{feff}a\nb", "'", "\"", "''", "\\", "@x",
        "`", "%", "!x", "&a",
        "*a", "{", "}", "[", "]", ",", "|", ">", "a\u{7f}b", "\u{e000}", String(repeating: "word ", count: 100),
    ]

    @Test("every string is read back as itself, as name and as value", arguments: strings, YAMLText.Style.allCases)
    func string(text: String, style: YAMLText.Style) throws {
        let value: JSONValue = ["k": .string(text), "l": [.string(text), [.string(text)]], "m": ["x\(text)": 1]]
        #expect(try YAMLText.parse(Array(YAMLText.write(value, style: style).utf8)).map(\.value) == [value])
    }

    static let numbers: [JSONValue] = [
        .int(.min), .int(.max), .double(0.1), .double(1e300), .double(-1.5e-9), .double(.greatestFiniteMagnitude),
        .double(1e16),
    ]

    @Test("every number is read back as itself", arguments: numbers)
    func number(value: JSONValue) throws {
        #expect(try YAMLText.parse(Array(YAMLText.write(value).utf8)).map(\.value) == [value])
    }
}
