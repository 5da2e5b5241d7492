import NodeKit
import Testing

@testable import kubecfg

/// What the original refused before it asked a server, in its words (cmd/kubecfg and pkg/kubecfg of October 2014, built
/// with Go 1.3).
@Suite("Refusals without a server")
struct RefusalTests {
    static let refused: [([String], String)] = [
        (["stop"], "usage: kubecfg [OPTIONS] stop|rm|rollingupdate <controller>"),
        (["rm", "a", "b"], "usage: kubecfg [OPTIONS] stop|rm|rollingupdate <controller>"),
        (["rollingupdate"], "usage: kubecfg [OPTIONS] stop|rm|rollingupdate <controller>"),
        (["resize", "a"], "usage: kubecfg resize <controller> <replicas>"),
        (["resize", "a", "two"], #"Error parsing replicas: strconv.ParseInt: parsing "two": invalid syntax"#),
        (["resize", "a", ""], #"Error parsing replicas: strconv.ParseInt: parsing "": invalid syntax"#),
        (["run", "i", "1.5", "a"], #"Error parsing replicas: strconv.ParseInt: parsing "1.5": invalid syntax"#),
        (
            ["resize", "a", "99999999999999999999"],
            #"Error parsing replicas: strconv.ParseInt: parsing "99999999999999999999": value out of range"#
        ),
        (["-p", "1:2:3", "run", "i", "1", "a"], "Error: Bad port spec: 1:2:3"),
        (["-p", "80:x", "run", "i", "1", "a"], #"Error: strconv.ParseInt: parsing "x": invalid syntax"#),
        (["-p", "0", "run", "i", "1", "a"], "Error: Bad port spec: 0"),
        (
            ["-s", "80", "run", "i", "1", "My.Web"],
            "Error: Service creation requested, but an invalid name for a service was provided (My.Web). "
                + "Service names must be valid DNS labels."
        ),
        (["ns", "My_Space"], "Error: Namespace My_Space is not a valid DNS Label"),
        (["ns", ""], "Error: Namespace  is not a valid DNS Label"),
        (["ns", "a", "b"], "usage: kubecfg ns [<namespace>]"),
        (["print"], "Need config file (-c)"),
        (["-c", "-", "print"], "Error parsing - as an object for : unknown storage type: "),
        (["-c", "-", "print", "gadgets/x"], "Error parsing - as an object for gadgets: unknown storage type: gadgets"),
        (["-template_file", "gone", "dance"], "Error reading template gone, open gone: no such file or directory"),
        (["-template", "{{", "list"], "Error parsing template {{, template: output:1: unclosed action"),
        (["-h", "x/y", "list", "pods"], "Can't configure client: host must be a URL or a host:port pair: x/y"),
        (
            ["-api_version", "v9", "list", "pods"],
            "Can't configure client: API version 'v9' is not recognized (valid values: v1beta1, v1beta2)"
        ),
    ]

    @Test("are told in its words", arguments: refused)
    func refuses(arguments: [String], message: String) async throws {
        let person = Person(folder: try TestFolder(), master: "")
        #expect(await person.call(arguments, input: "id: a") == .init(status: 255, output: "", errors: message + "\n"))
    }

    static let wrongFlags: [([String], String)] = [
        (["-s", "x"], #"invalid value "x" for flag -s: strconv.ParseInt: parsing "x": invalid syntax"#),
        (["-u", "5"], #"invalid value "5" for flag -u: time: missing unit in duration 5"#),
        (["-u", "1y"], #"invalid value "1y" for flag -u: time: unknown unit y in duration 1y"#),
        (["-u", "x"], #"invalid value "x" for flag -u: time: invalid duration x"#),
        (
            ["-json=maybe"],
            #"invalid boolean value "maybe" for -json: strconv.ParseBool: parsing "maybe": invalid syntax"#
        ),
        (
            ["-version=loud"],
            #"invalid boolean value "loud" for -version: strconv.ParseBool: parsing "loud": invalid syntax"#
        ),
    ]

    @Test("wrong values of flags give the reason Go gave", arguments: wrongFlags)
    func flags(arguments: [String], message: String) {
        #expect(throws: Fatal(message, status: 2)) { try Options(arguments, home: "") }
    }

    static let taken: [[String]] = [
        ["-s", "0x50", "-alsologtostderr", "-stderrthreshold=2", "-vmodule", "a=1"],
        ["-log_dir", "/tmp", "-log_backtrace_at", "a.go:1", "-log_flush_frequency=5s", "-v=9", "-logtostderr=false"],
        ["-server_version=1", "-version=T"],
    ]

    @Test("flags of the original's logging, other bases and other spellings of true", arguments: taken)
    func flagsTaken(arguments: [String]) throws {
        let options = try Options(arguments, home: "")
        if arguments.contains("0x50") { #expect(options.servicePort == 80) }
        if arguments.contains("-version=T") { #expect([options.version, options.serverVersion] == [.words, .words]) }
    }

    @Test("usage has the flags in the order of their names, as Go prints them")
    func order() {
        let names = Options.flags(home: "").usage.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(names.map(String.init) == names.map(String.init).sorted())
    }
}
