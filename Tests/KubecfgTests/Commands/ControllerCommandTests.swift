import ClusterModel
import NodeKit
import Testing

@testable import kubecfg

@Suite("Methods for controllers", .timeLimit(.minutes(1)))
struct ControllerCommandTests {
    @Test("a controller that wants pods is not removed")
    func remove() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            #expect(await person.call(["run", "nginx", "2", "web"]).status == 0)
            let words = "Error: controller has non-zero replicas (2), please stop it first\n"
            #expect(await person.call(["rm", "web"]) == .init(status: 255, output: "", errors: words))
            #expect(await server.cluster.objects("replicationControllers").count == 1)
        }
    }

    @Test("ports that are none change nothing; a word too many is no harm; containers have small letters")
    func run() async throws {
        try await FakeServer.with { server in
            let person = Person(folder: try TestFolder(), master: server.url)
            #expect(await person.call(["-p", "80:x", "run", "nginx", "1", "web"]).status == 255)
            #expect(await server.cluster.received.isEmpty)
            #expect(await person.call(["-p", "0:80,70000", "run", "nginx", "1", "Web"]).status == 0)
            let sent = try #require(await server.cluster.received.last?.body)
            let manifest = sent.inner("desiredState", "podTemplate", "desiredState", "manifest")
            let container: JSONValue = [
                "name": "web", "image": "nginx", "ports": [["containerPort": 80], ["containerPort": 70000]],
            ]
            #expect(manifest["containers"] == [container])
            #expect(await person.call(["resize", "Web", "3", "more"]).status == 0)
        }
    }

    static let specs: [(String, [PortSpec]?)] = [
        ("", []), ("80", [.init(host: 0, container: 80)]),
        ("8080:80,443", [.init(host: 8080, container: 80), .init(host: 0, container: 443)]),
        ("0:80,+1", [.init(host: 0, container: 80), .init(host: 0, container: 1)]),
        ("65536", [.init(host: 0, container: 65536)]), ("1:2:3", nil), ("80,", nil), ("0", nil), (":80", nil),
        ("-1", nil), ("80:", nil), (",", nil),
    ]

    @Test("port specs", arguments: specs)
    func spec(text: String, expected: [PortSpec]?) throws {
        if let expected {
            #expect(try PortSpec.ports(text) == expected)
        } else {
            #expect(throws: Fatal.self) { try PortSpec.ports(text) }
        }
    }

    private static func pod(_ id: String) -> String {
        #"{"id":"\#(id)","namespace":"default","labels":{"simpleService":"web"}}"#
    }

    @Test("a rolling update changes the image, removes pod after pod with a pause, and waits until all are back")
    func rolling() async throws {
        let clock = ManualClock()
        let cluster = FakeCluster()
        try await cluster.seed("pods", ["a", "b"].map(Self.pod))
        try await FakeServer.with(cluster) { server in
            let person = Person(folder: try TestFolder(), master: server.url, clock: clock)
            #expect(await person.call(["run", "nginx:1", "2", "web"]).status == 0)
            async let outcome = person.call(["-u", "7s", "-image", "nginx:2", "rollingupdate", "web"])
            for left in [1, 0] {
                try await eventually("a pod is gone") { await cluster.objects("pods").count == left }
                try await eventually("asleep") { clock.sleeperCount == 1 }
                clock.advance(by: .seconds(7))
            }
            try await eventually("looks for the pods") { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(5))
            try await eventually("has looked, and waits again") { clock.nextDeadline?.offset == .seconds(24) }
            try await cluster.seed("pods", ["c", "d"].map(Self.pod))
            clock.advance(by: .seconds(5))
            #expect(await outcome == .init(status: 0, output: "", errors: ""))
            let controller = try #require(await cluster.objects("replicationControllers").first)
            let manifest = controller.inner("desiredState", "podTemplate", "desiredState", "manifest")
            #expect(manifest["containers"] == [["name": "web", "image": "nginx:2", "imagePullPolicy": ""]])
        }
    }

    @Test("a rolling update whose pods do not come back ends after five minutes")
    func rollingDeadline() async throws {
        let clock = ManualClock()
        let cluster = FakeCluster()
        try await cluster.seed("pods", [Self.pod("a")])
        try await FakeServer.with(cluster) { server in
            let person = Person(folder: try TestFolder(), master: server.url, clock: clock)
            #expect(await person.call(["run", "nginx", "1", "web"]).status == 0)
            async let outcome = person.call(["-u", "0", "rollingupdate", "web"])
            for look in 1...60 {
                try await eventually("asleep") { clock.nextDeadline?.offset == .seconds(5 * look) }
                clock.advance(by: .seconds(5))
            }
            let words = "Error: timed out waiting for the condition\n"
            #expect(await outcome == .init(status: 255, output: "", errors: words))
        }
    }
}
