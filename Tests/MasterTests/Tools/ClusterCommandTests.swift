import APIClient
import ClusterModel
import Synchronization
import Testing
import Wire

@testable import Master
@testable import minionctl

/// minionctl's cluster commands against a master.
@Suite("minionctl --master")
struct ClusterCommandTests {
    private static let service: JSONValue = [
        "kind": "Service", "apiVersion": "v1beta1", "id": "web", "port": 80, "selector": ["name": "web"],
    ]

    private static let pod: JSONValue = [
        "kind": "Pod", "apiVersion": "v1beta1", "id": "web-1", "labels": ["name": "web"],
        "desiredState": [
            "manifest": ["version": "v1beta1", "id": "web-1", "containers": [["name": "c", "image": "i"]]]
        ],
    ]

    /// What is said of the objects that `body` writes in namespace `n`.
    private func said(
        _ master: MasterUnderTest, _ body: @Sendable (ClusterWriter) async throws -> Void
    ) async throws -> [String] {
        let words = Mutex<[String]>([])
        try await APIClient.with(try APIServer(master.url)) { client in
            try await body(
                ClusterWriter(client: client, namespace: "n", say: { line in words.withLock { $0.append(line) } }))
        }
        return words.withLock { $0 }
    }

    @Test("apply says of each object whether it was created, changed or unchanged")
    func apply() async throws {
        try await MasterUnderTest.run { master in
            let first = try await said(master) { try await $0.apply([Self.service, Self.pod]) }
            #expect(first == ["service/web created", "pod/web-1 created"])
            let list: JSONValue = ["kind": "ServiceList", "items": [Self.service]]
            #expect(try await said(master) { try await $0.apply([list]) } == ["service/web unchanged"])
            var moved = Self.service
            if case .object(var object) = moved {
                object["port"] = 81
                moved = .object(object)
            }
            let changed = moved
            #expect(
                try await said(master) { try await $0.apply([changed, Self.pod]) } == [
                    "service/web changed", "pod/web-1 unchanged",
                ])
            let stored = try await master.ask("GET", "/api/v1beta1/services/web?namespace=n")
            #expect(
                stored.body.contains(#""port":81"#) && stored.body.contains(#""portalIP":"10.11.0.1""#),
                "\(stored.body)")
        }
    }

    @Test("an object that is as it should be is not written again, and one that lacks something is")
    func unchanged() async throws {
        try await MasterUnderTest.run { master in
            let labelled: JSONValue = [
                "kind": "Service", "id": "web", "port": 80, "selector": ["name": "web"],
                "labels": ["a": "1", "b": "2"],
            ]
            _ = try await said(master) { try await $0.apply([labelled, Self.pod]) }
            let before = try await master.ask("GET", "/api/v1beta1/services/web?namespace=n").body
            let stored = try JSONText.parse(Array(before.utf8))
            let revision = try await master.parts.mirror.askRevision()
            // As it was written, as it is shown, and with its defaults spelled out.
            let spelled = Self.changed(labelled) {
                ($0["protocol"], $0["proxyPort"], $0["apiVersion"]) = ("TCP", 7, "v1beta1")
            }
            for same in [labelled, stored, spelled] {
                #expect(try await said(master) { try await $0.apply([same]) } == ["service/web unchanged"])
            }
            _ = try await said(master) { try await $0.apply([Self.pod]) }
            #expect(try await master.ask("GET", "/api/v1beta1/services/web?namespace=n").body == before)
            #expect(try await master.parts.mirror.askRevision() == revision)
            let fewer = Self.changed(labelled) { $0["labels"] = ["a": "1"] }
            #expect(try await said(master) { try await $0.apply([fewer]) } == ["service/web changed"])
            #expect(try await said(master) { try await $0.apply([fewer]) } == ["service/web unchanged"])
            let moved = Self.changed(fewer) { $0["portalIP"] = "10.11.0.9" }
            await #expect(throws: Failure.self) { try await said(master) { try await $0.apply([moved]) } }
        }
    }

    @Test("a controller whose template has a name of its own is unchanged the second time, and after a change too")
    func namedTemplate() async throws {
        try await MasterUnderTest.run { master in
            func controller(_ replicas: JSONValue) -> JSONValue {
                [
                    "kind": "ReplicationController", "apiVersion": "v1beta1", "id": "web",
                    "desiredState": [
                        "replicas": replicas, "replicaSelector": ["name": "web"],
                        "podTemplate": ["labels": ["name": "web"], "desiredState": Self.template],
                    ],
                ]
            }
            let (two, none) = (controller(2), controller(0))
            for (object, words) in [(two, "created"), (two, "unchanged"), (none, "changed"), (none, "unchanged")] {
                let said = try await said(master) { try await $0.apply([object]) }
                #expect(said == ["replicationController/web \(words)"])
            }
        }
    }

    private static let template: JSONValue = [
        "manifest": ["version": "v1beta1", "id": "web", "containers": [["name": "c", "image": "i"]]]
    ]

    private static func changed(_ object: JSONValue, _ body: (inout JSONObject) -> Void) -> JSONValue {
        guard case .object(var members) = object else { return object }
        body(&members)
        return .object(members)
    }

    @Test("what fails of one object keeps no other from being written, and is said")
    func failures() async throws {
        try await MasterUnderTest.run { master in
            let bad: JSONValue = ["kind": "Service", "id": "bad", "port": 0]
            let words = Mutex("")
            let said = try await said(master) { writer in
                do {
                    try await writer.apply([bad, ["kind": "Gadget", "id": "g"], Self.service])
                } catch let failure as Failure {
                    words.withLock { $0 = failure.description }
                }
            }
            #expect(said == ["service/web created"])
            let failure = words.withLock { $0 }
            #expect(
                failure.contains("service/bad: ") && failure.contains("gadget/g: its kind is none of"), "\(failure)")
        }
    }

    @Test("delete removes what is there and names what is not")
    func delete() async throws {
        try await MasterUnderTest.run { master in
            _ = try await said(master) { try await $0.apply([Self.service, Self.pod]) }
            #expect(try await said(master) { try await $0.delete([Self.service]) } == ["service/web deleted"])
            #expect(try await said(master) { try await $0.delete(.pods, ["web-1"]) } == ["pod/web-1 deleted"])
            await #expect(throws: Failure.self) { try await said(master) { try await $0.delete(.pods, ["web-1"]) } }
        }
    }

    @Test("explain tells of a pod nobody has placed, and of a service it is no endpoint of")
    func explain() async throws {
        try await MasterUnderTest.run { master in
            _ = try await said(master) { try await $0.apply([Self.service, Self.pod]) }
            let (pod, service) = try await APIClient.with(try APIServer(master.url)) { client in
                let explainer = ClusterExplainer(client: client, namespace: "n")
                return (
                    try await explainer.explain("web-1", as: [.pods, .services]),
                    try await explainer.explain("web", as: [.pods, .services])
                )
            }
            #expect(
                pod == [
                    "pod n/web-1 is Waiting", "scheduler: it has not looked at the pod yet; does a master lead?",
                ])
            #expect(
                service == [
                    "service n/web has the portal 10.11.0.1:80", "endpoints: none, so that clients are reset",
                    "selector: 1 pod has name=web", "pod web-1: is Waiting, no endpoint",
                    "minions: this master has told none of it; the one that leads knows more",
                ])
            await #expect(throws: Failure.self) {
                _ = try await APIClient.with(try APIServer(master.url)) { client in
                    try await ClusterExplainer(client: client, namespace: "n").explain(
                        "nobody", as: [.pods, .services])
                }
            }
        }
    }
}
