import ClusterModel
import Testing

@Suite("Doubts")
struct WarningTests {
    static let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)
    static let container = "desiredState.manifest.containers[0]"

    static let warnings: [(JSONValue, [String])] = [
        (Samples.service(["colour": "red"]), ["unknown field colour"]),
        (Samples.service(["ports": 5]), ["unknown field ports (did you mean port?)"]),
        (Samples.service(["PORTALIP": "x"]), ["unknown field PORTALIP (did you mean portalIP?)"]),
        (
            Samples.pod(manifest: ["container": []]),
            ["unknown field desiredState.manifest.container (did you mean containers?)"]
        ),
        (
            Samples.pod(container: ["imagePullPolcy": "x", "environment": []]),
            [
                "unknown field \(container).imagePullPolcy (did you mean imagePullPolicy?)",
                "unknown field \(container).environment",
            ]
        ),
        (
            Samples.pod(container: ["ports": [["containerPort": 1, "hostport": 2]]]),
            ["unknown field \(container).ports[0].hostport (did you mean hostPort?)"]
        ),
        (
            Samples.pod(manifest: ["restartPolicy": ["Always": [:]]]),
            ["unknown field desiredState.manifest.restartPolicy.Always (did you mean always?)"]
        ),
        (
            Samples.pod(container: ["livenessProbe": ["timeout": 1, "exec": [:]]]),
            ["unknown field \(container).livenessProbe.timeout"]
        ),
        (
            Samples.pod(container: ["livenessProbe": ["initialDelaySeconds": 1]]),
            ["\(container).livenessProbe has none of exec, httpGet, tcpSocket: nothing is probed"]
        ),
        (
            Samples.pod(container: ["imagePullPolicy": "Sometimes"]),
            ["\(container).imagePullPolicy 'Sometimes' is unknown: PullIfNotPresent is used"]
        ),
        (
            ["kind": "ServiceList", "items": [Samples.service(["x": 1])], "colour": 1],
            ["unknown field items[0].x", "unknown field colour"]
        ),
        (["version": "v1beta1", "id": "a", "labels": [:]], ["unknown field labels"]),
    ]

    @Test("about fields nobody knows are told with their paths", arguments: warnings)
    func warns(value: JSONValue, warnings: [String]) throws {
        #expect(try Self.node.decode(value).warnings == warnings)
    }

    static let silent: [JSONValue] = [
        Samples.service(["selfLink": "/x", "uid": "u", "creationTimestamp": .null, "proxyPort": 0]),
        Samples.service(["createExternalLoadBalancer": true, "protocol": "UDP"]),
        Samples.pod(["currentState": ["anything": [1, 2]]]),
        Samples.pod(["desiredState": ["manifest": ["version": "v1beta1"], "status": "Running", "info": ["x": 1]]]),
        Samples.pod(manifest: ["volumes": [["name": "g", "source": ["gitRepo": ["repository": "r"]]]]]),
        Samples.pod(manifest: [
            "volumes": [["name": "v"]],
            "containers": [
                ["name": "c", "image": "i", "volumeMounts": [["name": "v", "mountPath": "/v", "mountType": "bind"]]]
            ],
        ]),
        Samples.pod(container: ["livenessProbe": ["type": "http", "enabled": true, "httpGet": ["path": "/"]]]),
    ]

    @Test("are none about fields that are known and mean nothing here", arguments: silent)
    func ignores(value: JSONValue) throws {
        #expect(try Self.node.decode(value).warnings == [])
    }

    @Test("are at most a hundred, and a count of the rest")
    func manyWarnings() throws {
        var service = Samples.service
        for index in 0..<130 { service.append("field\(index)", 1) }
        let warnings = try Self.node.decode(.object(service)).warnings
        #expect(warnings.count == 101)
        #expect(warnings.last == "and 30 more")
    }

    @Test("causes are at most a hundred, and a count of the rest")
    func manyCauses() throws {
        let items = Array(repeating: Samples.service(["port": 0]), count: 130)
        let error = try #require(throws: InvalidObject.self) { try Self.node.decode(items: items, kind: .service) }
        #expect(error.causes.count == 101)
        #expect(error.causes.last?.description == "and 30 more")
        #expect(error.message.hasSuffix("; and 30 more"))
    }

    @Test("repeat at most a hundred characters of what was sent", arguments: ["x", "\u{301}"])
    func longValues(character: String) throws {
        let long = "e" + String(repeating: character, count: 100_000)
        let error = try #require(throws: InvalidObject.self) {
            try Self.node.decode(
                Samples.service([
                    "id": .string(long), "port": .string(long), "labels": .object([long: 1]), "protocol": .string(long),
                ]))
        }
        #expect(error.causes.count == 5)
        #expect(error.message.unicodeScalars.count < 2000)
        #expect(error.causes.allSatisfy { $0.value.unicodeScalars.count <= 101 && $0.field.unicodeScalars.count < 120 })
        let warnings = try Self.node.decode(Samples.service(.init([.init(key: long, value: 1)]))).warnings
        #expect(warnings.map(\.unicodeScalars.count) == ["unknown field ".count + 101])
    }

    static let guesses: [(String, String?)] = [
        ("contaners", "containers"), ("CONTAINERS", "containers"), ("containr", "containers"), ("contain", nil),
        ("volume", "volumes"), ("dI", nil), ("uid", "id"), ("x", nil), ("", nil),
        (String(repeating: "containers", count: 7), nil),
    ]

    @Test("guess what a name was meant to be", arguments: guesses)
    func guess(name: String, meant: String?) {
        #expect(Spelling.closest(to: name, among: ["id", "containers", "volumes"]) == meant)
    }
}
