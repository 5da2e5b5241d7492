import APIClient
import ClusterModel
import NodeKit
import Testing

@testable import kubecfg

@Suite("What a server may be and say", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test("an operation that is not finished is asked after every two seconds")
    func polling() async throws {
        let clock = ManualClock()
        let cluster = FakeCluster()
        await cluster.slowDown(questions: 1)
        try await FakeServer.with(cluster) { server in
            let person = Person(folder: try TestFolder(), master: server.url, clock: clock)
            async let outcome = person.call(["-c", "-", "-template={{.id}}", "create", "pods"], input: "id: a")
            for asked in 1...2 {
                try await eventually("asleep") { clock.sleeperCount == 1 }
                #expect(await cluster.received.count == asked)
                let deadline = try #require(clock.nextDeadline)
                #expect(deadline.offset == .seconds(2 * asked))
                clock.advance(by: .seconds(2))
            }
            #expect(await outcome == .init(status: 0, output: "a\n", errors: ""))
            #expect(await cluster.received.map(\.path) == ["pods", "operations/1", "operations/1"])
        }
    }

    @Test("an operation may end in a refusal")
    func refusedOperation() async throws {
        let cluster = FakeCluster()
        await cluster.slowDown(questions: 0)
        await cluster.refuse("a", code: 409, "no")
        let clock = ManualClock()
        try await FakeServer.with(cluster) { server in
            let person = Person(folder: try TestFolder(), master: server.url, clock: clock)
            async let outcome = person.call(["-c", "-", "create", "pods"], input: "id: a")
            try await eventually("asleep") { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(2))
            #expect(await outcome == .init(status: 255, output: "", errors: "Got request error: no\n"))
        }
    }

    @Test("no server is an error of the request, a wrong address one of the client's configuration")
    func unreachable() async throws {
        let port = try await FakeServer.with { $0.port }
        let person = Person(folder: try TestFolder(), master: "http://127.0.0.1:\(port)")
        let refused = await person.call(["list", "pods"])
        #expect(refused.status == 255)
        let reason = "dial tcp 127.0.0.1:\(port): connection refused\n"
        let url = "http://127.0.0.1:\(port)/api/v1beta1/pods?namespace=default"
        #expect(refused.errors == "Got request error: Get \(url): \(reason)")
        let version = await person.call(["-server_version"])
        let words = "Couldn't read version from server: Get http://127.0.0.1:\(port)/version: \(reason)"
        #expect(version == .init(status: 1, output: words, errors: ""))
        #expect(await person.call(["-expect_version_match", "list", "pods"]) == version)
        let address = await person.call(["-h", "ftp://x", "list", "pods"])
        #expect(
            address.errors == "Can't configure client: 'ftp://x' is no address of a server: http://HOST:PORT is\n")
    }

    @Test("the server's version is shown and compared")
    func versions() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            let raw =
                "version.Info{Major:\"0\", Minor:\"4+\", GitVersion:\"v0.4-dev\", GitCommit:\"\", "
                + "GitTreeState:\"not a git tree\"}\n"
            #expect(await person.call(["-version=raw"]).output == raw)
            #expect(await person.call(["-server_version=raw"]).output == raw)
            #expect(await person.call(["-expect_version_match", "list", "pods"]).status == 0)
        }
        let cluster = FakeCluster()
        await cluster.pretend("v1.0")
        try await FakeServer.with(cluster) { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            let words =
                "Server version (version.Info{Major:\"0\", Minor:\"4+\", GitVersion:\"v1.0\", GitCommit:\"\", "
                + "GitTreeState:\"not a git tree\"}) differs from client version ("
                + "version.Info{Major:\"0\", Minor:\"4+\", GitVersion:\"v0.4-dev\", GitCommit:\"\", "
                + "GitTreeState:\"not a git tree\"})!\n"
            let outcome = await person.call(["-expect_version_match", "list", "pods"])
            #expect(outcome == .init(status: 1, output: words, errors: ""))
        }
        let other = ProductVersion(["major": "1", "gitVersion": "v1.0"])
        #expect(other != .own)
        #expect(other.text(.words) == "Kubernetes v1.0")
    }

    @Test("https wants a name: from the file, else asked for and kept")
    func auth() throws {
        let folder = try TestFolder()
        let files = Files(folder: folder.path)
        let file = AuthFile(name: "auth", files: files)
        let silent = Terminal()
        #expect(throws: Fatal("Error loading auth: auth is missing, and nobody is there to ask")) {
            try file.complete(.init(), console: silent)
        }
        let terminal = Terminal(typed: ["ann", "secret"])
        let asked = try file.complete(.init(), console: terminal)
        #expect([asked.user, asked.password] == ["ann", "secret"])
        #expect(terminal.errors == "Please enter Username:\nPlease enter Password: (unseen)\n")
        #expect(try file.complete(.init(), console: silent) == asked)
        try files.write("auth", Array(#"{"BearerToken":"t","CAFile":"c","Insecure":true}"#.utf8))
        let read = try file.complete(.init(), console: silent)
        #expect([read.bearerToken, read.authorityFile] == ["t", "c"])
        #expect(read.acceptsAnyCertificate)
        try files.write("auth", Array("{".utf8))
        #expect(throws: Fatal.self) { try file.complete(.init(), console: silent) }
    }
}
