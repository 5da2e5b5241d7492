import APIClient
import Testing

@testable import kubecfg

@Suite("Flags as Go reads them")
struct OptionsTests {
    static let spellings: [[String]] = [
        ["-c", "x", "create", "pods"], ["-c=x", "create", "pods"], ["--c", "x", "create", "pods"],
        ["--c=x", "--", "create", "pods"],
    ]

    @Test("one dash or two, a blank or a sign", arguments: spellings)
    func spelling(arguments: [String]) throws {
        let options = try Options(arguments, home: "/home/a")
        #expect(options.configFile == "x")
        #expect(options.words == ["create", "pods"])
    }

    @Test("the first word that is no flag ends them")
    func end() throws {
        let options = try Options(["-json", "get", "-yaml"], home: "")
        #expect(options.format == .json)
        #expect(options.words == ["get", "-yaml"])
        #expect(try Options(["-c", "-", "create"], home: "").configFile == "-")
    }

    @Test("a switch takes a value only after a sign")
    func switches() throws {
        #expect(try Options(["-json", "false"], home: "").format == .json)
        #expect(try Options(["-json=false", "-yaml=T"], home: "").format == .yaml)
        #expect(try Options(["-version"], home: "").version == .words)
        #expect(try Options(["-version=raw"], home: "").version == .raw)
        #expect(try Options(["-version=false"], home: "").version == .no)
    }

    @Test("what is not given has its value")
    func initial() throws {
        let options = try Options([], home: "/home/a")
        #expect(options.apiVersion == "v1beta1")
        #expect(options.authFile == "/home/a/.kubernetes_auth")
        #expect(options.namespaceFile == "/home/a/.kubernetes_ns")
        #expect(options.updatePeriod == .seconds(60))
        #expect(options.servicePort == -1)
        #expect(options.format == .table)
    }

    @Test("every flag arrives")
    func all() throws {
        let arguments =
            "-h a -l b -fields c -ns d -ns_file e -auth f -template g -p h -s 9 -u 5s -image i -www j -proxy "
            + "-certificate_authority k -client_certificate l -client_key m -insecure_skip_tls_verify -verbose "
            + "-expect_version_match -server_version -api_version v1beta2"
        let options = try Options(arguments.split(separator: " ").map(String.init), home: "")
        #expect([options.host, options.labels, options.fields, options.namespace] == ["a", "b", "c", "d"])
        #expect([options.namespaceFile, options.authFile, options.ports] == ["e", "f", "h"])
        #expect(options.format == .template("g"))
        #expect([options.image, options.staticFolder, options.apiVersion] == ["i", "j", "v1beta2"])
        #expect(options.servicePort == 9)
        #expect(options.updatePeriod == .seconds(5))
        let credentials = options.credentials
        #expect([credentials.authorityFile, credentials.certificateFile, credentials.keyFile] == ["k", "l", "m"])
        #expect(credentials.acceptsAnyCertificate && options.isVerbose && options.runsProxy)
        #expect(options.expectsVersionMatch && options.serverVersion == .words)
        #expect(try Options(["-template_file", "n"], home: "").format == .templateFile("n"))
    }

    static let wrong: [([String], String)] = [
        (["-x"], "flag provided but not defined: -x"), (["---c"], "bad flag syntax: ---c"),
        (["-=1"], "bad flag syntax: -=1"), (["-c"], "flag needs an argument: -c"),
    ]

    @Test("what is wrong is told in Go's words, with status 2", arguments: wrong)
    func fails(arguments: [String], message: String) {
        #expect(throws: Fatal(message, status: 2)) { try Options(arguments, home: "") }
    }

    static let durations: [(String, Duration?)] = [
        ("60s", .seconds(60)), ("1m30s", .seconds(90)), ("1h", .seconds(3600)), ("250ms", .milliseconds(250)),
        ("1.5s", .milliseconds(1500)), ("0", .zero), ("-1s", .seconds(-1)), ("5", nil), ("", nil), ("s", nil),
        ("1x", nil), ("--1s", nil), ("9999999999h", nil),
    ]

    @Test("spans of time", arguments: durations)
    func duration(text: String, expected: Duration?) { #expect((try? GoDuration(text).duration) == expected) }
}
