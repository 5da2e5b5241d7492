import ClusterModel
import NodeKit
import Testing

@testable import kubecfg

@Suite("Methods for objects")
struct ObjectCommandTests {
    @Test("selectors and namespace are sent, escaped")
    func selectors() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: "unused.invalid")
            let outcome = await person.call(
                ["-h", server.url + "/", "-l", "a=1,b!=ü", "-fields=x=y", "-ns", "other", "list", "/pods/"])
            #expect(outcome.status == 0)
            let request = try #require(await server.cluster.received.first)
            #expect(request.path == "pods")
            #expect(request.query["namespace"] == "other")
            #expect(request.query["labels"] == "a=1,b!=ü" || request.query["labels"] == "a%3D1%2Cb%21%3D%C3%BC")
            #expect(request.query.count == 3)
        }
    }

    @Test("the namespace is that of the file, which is made if it is missing")
    func namespaceFile() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            #expect(await person.call(["list", "pods"]).status == 0)
            let file = person.folder.path + "/.kubernetes_ns"
            #expect(try person.files.read(file) == Array(#"{"Namespace":"default"}"#.utf8))
            #expect(await person.call(["ns", "blue"]).output == "Using namespace blue\n")
            #expect(await person.call(["list", "pods"]).status == 0)
            #expect(await server.cluster.received.map { $0.query["namespace"] } == ["default", "blue"])
            try person.files.write(file, Array("[]".utf8))
            let expected = "Error loading current namespace: \(file) is no namespace file\n"
            #expect(await person.call(["list", "pods"]) == .init(status: 255, output: "", errors: expected))
        }
    }

    @Test("an update gets its version from the server, and says so if it cannot")
    func update() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            try person.files.write("s.json", Array(RecordedCommand.serviceFile.utf8))
            let missing = await person.call(["-c", "s.json", "update", "services/apache-service"])
            let words = "error obtaining resource version for update: service \"apache-service\" not found\n"
            #expect(missing == .init(status: 255, output: "", errors: words))
            // Asked first: a file that is not given is missed only afterwards.
            #expect(await person.call(["update", "services/apache-service"]).errors == words)
            #expect(await person.call(["-c", "s.json", "create", "services"]).status == 0)
            #expect(await person.call(["-c", "s.json", "update", "services/apache-service"]).status == 0)
            let sent = try #require(await server.cluster.received.last?.body)
            #expect(sent["resourceVersion"] == 1)
        }
    }

    @Test("a text may be YAML, at a URL, and without kind and version")
    func sources() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            let yaml = "id: web # the web\nport: 80\nselector: {name: web,}\n"
            #expect(await person.call(["-c", "-", "create", "services"], input: yaml).status == 0)
            let sent = try #require(await server.cluster.received.first?.body)
            let expected =
                #"{"kind":"Service","id":"web","creationTimestamp":null,"apiVersion":"v1beta1","#
                + #""port":80,"selector":{"name":"web"},"containerPort":0}"#
            #expect(sent.text == expected)
            let url = server.url + "/api/v1beta1/services/web?namespace=default"
            let printed = await person.call(["-c", url, "-template={{.PortalIP}}", "print", "services"])
            #expect(printed == .init(status: 0, output: "10.11.0.1", errors: ""))
            let gone = await person.call(["-c", url + "x", "print", "services"])
            #expect(gone.errors == "Unable to read URL, server reported 404 404 Not Found\n")
        }
    }

    static let unreadable: [(String, String)] = [
        ("", "empty input"), ("[]", "it is not one object"), ("a: 1\n---\nb: 2\n", "it is not one object"),
        ("{\"kind\": \"Service\"}", "data of kind 'Service', obj of type 'Pod'"),
        ("{}}", "couldn't get version/kind: YAML error: did not find expected <document start>"),
        ("a: 1\nb: [1\nc: 2\n", "couldn't get version/kind: YAML error: line 2: did not find expected ',' or ']'"),
    ]

    @Test("what is no object is told in the recorded words", arguments: unreadable)
    func refuses(text: String, reason: String) async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let outcome = await person.call(["-c", "-", "print", "pods"], input: text)
        let words = "Error parsing - as an object for pods: \(reason)\n"
        #expect(outcome == .init(status: 255, output: "", errors: words))
    }

    static let usages: [([String], String)] = [
        (["delete", "pods"], "delete <minions|pods|replicationControllers|services>/<id>"),
        (["update", "pods"], "update <minions|pods|replicationControllers|services>/<id>"),
        (["create", "pods/a"], "create <minions|pods|replicationControllers|services>"),
        (["list", "pods/a"], "list <minions|pods|replicationControllers|services>"),
        (["get", "pods/a/b"], "get <minions|pods|replicationControllers|services>[/<id>]"),
        (["run", "a"], "run <image> <replicas> <controller>"),
    ]

    @Test("wrong words are answered with usage", arguments: usages)
    func usage(words: [String], usage: String) async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let outcome = await person.call(words)
        #expect(outcome == .init(status: 255, output: "", errors: "usage: kubecfg [OPTIONS] \(usage)\n"))
    }

    @Test("no words are answered with all of usage, and asking for it is no error")
    func noWords() async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let usage = Options.usage(home: person.folder.path)
        #expect(await person.call([]) == .init(status: 1, output: "", errors: usage))
        #expect(await person.call(["-help"]) == .init(status: 0, output: usage, errors: ""))
        let wrong = await person.call(["-x"])
        #expect(wrong == .init(status: 2, output: "", errors: "flag provided but not defined: -x\n" + usage))
    }

    @Test("what is sent is shown when asked for")
    func verbose() async throws {
        let person = Person(folder: try TestFolder(), master: "")
        let outcome = await person.call(["-verbose", "-json", "-c", "-", "print", "minions"], input: "id: m")
        let json =
            #"{"kind":"Minion","id":"m","creationTimestamp":null,"apiVersion":"v1beta1","resources":{}}"#
        let words = "Parsed config file successfully; sending:\n\(json)\n"
        #expect(outcome == .init(status: 0, output: json, errors: words))
    }

    @Test("templates from flag and file")
    func templates() async throws {
        let person = Person(folder: try TestFolder(), master: "")
        try person.files.write("t", Array("{{.id}}".utf8))
        let printed = await person.call(["-template_file", "t", "-c", "-", "print", "pods"], input: "id: a")
        #expect(printed.output == "a")
        let both = ["-template", "x", "-template_file", "t", "-c", "-", "print", "pods"]
        #expect(await person.call(both, input: "id: a").output == "a")
    }
}
