import ClusterModel
import Testing

@Suite("The JSON writer")
struct JSONWriterTests {
    static let values: [(JSONValue, String)] = [
        (.null, "null"),
        (true, "true"),
        (false, "false"),
        (0, "0"),
        (.int(.min), "-9223372036854775808"),
        (.int(.max), "9223372036854775807"),
        (.double(0.1), "0.1"),
        (.double(-1.5), "-1.5"),
        (.double(100), "100"),
        (.double(9_007_199_254_740_992), "9007199254740992"),
        (.double(1e16), "1e+16"),
        (.double(1e300), "1e+300"),
        (.double(.leastNonzeroMagnitude), "5e-324"),
        (.double(-0.0), "-0.0"),
        (.double(.infinity), "null"),
        (.double(.nan), "null"),
        ("", "\"\""),
        ("a/b", "\"a/b\""),
        ("say \"hi\" \\", "\"say \\\"hi\\\" \\\\\""),
        ("\u{0}\u{1}\t\n\r\u{1f} ", "\"\\u0000\\u0001\\u0009\\u000a\\u000d\\u001f \""),
        ("\u{7f}ü€😀\u{2028}", "\"\u{7f}ü€😀\u{2028}\""),
        ([], "[]"),
        ([1, "a", .null, [true]], "[1,\"a\",null,[true]]"),
        (.object(JSONObject()), "{}"),
        (["b": 1, "a": ["c\"": 2]], "{\"b\":1,\"a\":{\"c\\\"\":2}}"),
    ]

    @Test("writes compactly, members in their order", arguments: values)
    func writes(value: JSONValue, text: String) {
        #expect(value.text == text)
    }

    @Test("appends to what is there")
    func appends() {
        var output = Array("x".utf8)
        JSONValue.int(7).write(into: &output)
        JSONObject([.init(key: "k", value: "v")]).write(into: &output)
        #expect(output == Array("x7{\"k\":\"v\"}".utf8))
    }

    @Test("replaces, appends and removes members")
    func members() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        object.append("d", 5)
        #expect(object.text == "{\"a\":3,\"c\":4,\"d\":5}")
        #expect(object["zz"] == nil)
    }
}
