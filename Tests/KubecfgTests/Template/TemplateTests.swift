import ClusterModel
import Testing

@testable import kubecfg

@Suite("Templates")
struct TemplateTests {
    static let object: JSONObject = [
        "kind": "PodList", "empty": "", "number": 3_221_225_472,
        "items": [
            ["id": "a", "labels": ["y": "2", "x": "1"], "currentState": ["podIP": "10.0.0.1"]],
            ["id": "b", "list": ["p", "q"]],
        ],
    ]

    static let texts: [(String, String)] = [
        ("", ""), ("plain", "plain"), ("{{.kind}}", "PodList"), ("{{ .Kind }}!", "PodList!"),
        ("{{.number}}", "3221225472"), ("{{.Nothing}}|{{.Nothing.More}}", "|"),
        ("{{.nothing}}|{{.nothing.more}}|{{.Nothing.more}}", "<no value>|<no value>|<no value>"),
        ("{{range .Items}}{{.Name}} {{end}}", "a b "), ("{{range.items}}{{.ID}};{{end}}", "a;b;"),
        ("{{range .items}}{{.CurrentState.PodIP}},{{end}}", "10.0.0.1,,"),
        ("{{range .nothing}}x{{else}}none{{end}}", "none"),
        ("{{range .items}}{{$.kind}}{{end}}", "PodListPodList"),
        ("{{(index .items 0).labels}}", "map[x:1 y:2]"), ("{{index .items 1 \"list\"}}", "[p q]"),
        ("{{range (index .items 0).labels}}{{.}}{{end}}", "12"),
        ("{{if .empty}}a{{else}}b{{end}}{{if .kind}}c{{end}}", "bc"),
        ("{{if .empty}}a{{else if .kind}}b{{else}}c{{end}}", "b"),
        ("{{with .items}}{{len .}}{{end}}{{with .empty}}x{{end}}", "2"),
        ("{{if and .kind (not .empty)}}y{{end}}{{if or .empty .kind}}z{{end}}", "yz"),
        ("{{eq .kind \"PodList\"}} {{ne .kind `x`}} {{eq 1 2 1}}", "true true true"),
        ("{{printf \"%-9s|%9v|%d|%q|%t|%%\" .kind .kind 5 .kind true}}", "PodList  |  PodList|5|\"PodList\"|true|%"),
        ("{{.kind | printf \"%s!\"}}", "PodList!"), ("{{print \"a\" 1}}{{println 1 2}}", "a11 2\n"),
        ("{{$k := .kind}}{{$k}}{{range .items}}{{$k}}{{end}}", "PodListPodListPodList"),
        ("{{range $p := .items}}{{$p.id}}{{.id}}{{end}}", "aabb"),
        ("{{range $i, $p := .items}}{{if $i}},{{end}}{{$i}}={{$p.id}}{{end}}", "0=a,1=b"),
        ("{{range $k, $v := (index .items 0).labels}}{{$k}}:{{$v}} {{end}}", "x:1 y:2 "),
        ("{{with $x := .kind}}{{$x}}{{end}}{{$x := 1}}{{if $x := 2}}{{$x}}{{end}}{{$x}}", "PodList21"),
        ("{{lt 1 2}} {{le 2 2}} {{gt .kind \"A\"}} {{ge 1 2}}", "true true true false"),
        ("a {{- /* b */ -}} c", "ac"), ("a{{/* b */}}c", "ac"), ("a {{- .kind -}}  c", "aPodListc"),
        ("{{\"\\n\\\"\"}}", "\n\""),
    ]

    @Test("are filled", arguments: texts)
    func fills(template: String, expected: String) throws {
        #expect(try Template(template).text(of: Self.object) == expected)
    }

    static let refused: [(String, String)] = [
        ("{{", "unclosed action"), ("{{.a", "unclosed action"), ("{{if .a}}", "{{if}} without {{end}}"),
        ("{{end}}", "unexpected {{end}}"), ("{{else}}", "unexpected {{else}}"), ("{{}}", "missing value for command"),
        ("{{$x}}", "undefined variable \"$x\""), ("{{if $x := 1}}{{end}}{{$x}}", "undefined variable \"$x\""),
        ("{{$x := $x}}", "undefined variable \"$x\""), ("{{$x, $y := 1}}", "too many declarations in an action"),
        ("{{$x}}{{$x := 1}}", "undefined variable \"$x\""), ("{{:= 1}}", "unexpected declaration in an action"),
        ("{{$ := 1}}", "unexpected declaration in an action"), ("{{$x := }}", "missing value for command"),
        ("{{$x, := 1}}", "undefined variable \"$x\""), ("{{a:1}}", "unexpected \":\" in an action"),
        ("{{html .a}}", "function \"html\" not defined"),
        ("{{template \"x\"}}", "function \"template\" not defined"),
        ("{{.a .b}}", "only a function can be given arguments"),
        ("{{(.a}}", "unclosed left paren"), ("{{.a)}}", "unexpected \")\" in an action"),
        ("{{\"a}}", "unterminated quoted string"), ("{{/* a}}", "unclosed comment"),
        ("{{range .a}}{{else if .b}}{{end}}{{end}}", "bad {{else}}"),
        ("{{.a | .b}}", "only a function can be given arguments"),
        (String(repeating: "{{if 1}}", count: 40), "too many blocks in blocks"),
        ("{{" + String(repeating: "(", count: 40), "unclosed action"),
        ("{{" + String(repeating: "(", count: 40) + "}}", "too many parentheses in parentheses"),
    ]

    @Test("that are none are refused when they are read", arguments: refused)
    func refuses(template: String, message: String) {
        #expect(throws: TemplateError(message)) { try Template(template) }
    }

    static let unfit: [(String, String)] = [
        ("{{.kind.a}}", "can't evaluate field a in \"PodList\""),
        ("{{range .kind}}{{end}}", "range can't iterate over \"PodList\""),
        ("{{index .items 2}}", "index out of range: 2"), ("{{index .items -1}}", "index out of range: -1"),
        ("{{len 1}}", "len of 1"), ("{{printf \"%d\" .kind}}", "printf: %d of \"PodList\""),
        ("{{printf \"%s\"}}", "printf: no argument for %s"),
        ("{{printf \"\" 1}}", "printf: more arguments than \"\" takes"),
        ("{{printf \"%9999999d\" 1}}", "bad format \"%9999999d\""), ("{{not}}", "not takes 1 argument, not 0"),
        ("{{eq 1}}", "eq needs 2 arguments"),
        ("{{lt 1 .kind}}", "incompatible types for comparison"), ("{{gt 1}}", "gt needs 2 arguments"),
    ]

    @Test("that do not fit the object are told", arguments: unfit)
    func tells(template: String, message: String) throws {
        let template = try Template(template)
        #expect(throws: TemplateError(message)) { try template.text(of: Self.object) }
    }
}
