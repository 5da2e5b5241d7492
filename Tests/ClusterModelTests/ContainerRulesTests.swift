import ClusterModel
import Testing

@Suite("The rules of containers")
struct ContainerRulesTests {
    static let brokenContainers: [BrokenRule] = [
        row("no name", ["name": .null], [.required(".name")]),
        row("name no DNS label", ["name": "A b"], [.invalid(".name", "\(Words.dnsLabel), was 'A b'")]),
        row("no image", ["image": .null], [.required(".image")]),
        row("image no string", ["image": ["nginx"]], [.invalid(".image", "must be a string, was [\"nginx\"]")]),
        row("image with NUL", ["image": "a\u{0}b"], [.invalid(".image", "must hold no NUL character, was 'a\u{0}b'")]),
        row("command a string", ["command": "ls"], [.invalid(".command", "must be an array, was 'ls'")]),
        row("argument no string", ["command": ["sleep", 5]], [.invalid(".command[1]", "must be a string, was 5")]),
        row(
            "argument with NUL", ["command": ["\u{0}"]],
            [.invalid(".command[0]", "must hold no NUL character, was '\u{0}'")]),
        row("workingDir no string", ["workingDir": 1], [.invalid(".workingDir", "must be a string, was 1")]),
        row(
            "memory a string", ["memory": "64m"],
            [.invalid(".memory", "must be a whole number: a number of bytes, 0 or more, was '64m'")]),
        row("memory negative", ["memory": -1], [.invalid(".memory", "must be a number of bytes, 0 or more, was -1")]),
        row("cpu negative", ["cpu": -1], [.invalid(".cpu", "must be thousandths of a core, 0 or more, was -1")]),
        row(
            "cpu with a fraction", ["cpu": .double(0.5)],
            [.invalid(".cpu", "must be a whole number: thousandths of a core, 0 or more, was 0.5")]),
        row(
            "privileged", ["privileged": true],
            [.forbidden(".privileged", "is forbidden: this node runs without --allow-privileged")]),
        row(
            "privileged no flag", ["privileged": "true"],
            [.invalid(".privileged", "must be true or false, was 'true'")]),
        row(
            "imagePullPolicy no string", ["imagePullPolicy": 1],
            [.invalid(".imagePullPolicy", "must be a string, was 1")]),
    ]

    static let brokenPorts: [BrokenRule] = [
        port("no containerPort", [:], [.required(".containerPort", "is required: 1…65535")]),
        port("containerPort 0", ["containerPort": 0], [.required(".containerPort", "is required: 1…65535")]),
        port(
            "containerPort 70000", ["containerPort": 70000], [.invalid(".containerPort", "must be 1…65535, was 70000")]),
        port(
            "hostPort 65536", ["containerPort": 1, "hostPort": 65536],
            [.invalid(".hostPort", "must be 1…65535, or 0 for none, was 65536")]),
        port(
            "hostPort -1", ["containerPort": 1, "hostPort": -1],
            [.invalid(".hostPort", "must be 1…65535, or 0 for none, was -1")]),
        port(
            "name no DNS label", ["containerPort": 1, "name": "http_alt"],
            [.invalid(".name", "\(Words.dnsLabel), was 'http_alt'")]),
        port(
            "unknown protocol", ["containerPort": 1, "protocol": "ICMP"],
            [.notSupported(".protocol", "must be TCP or UDP, was 'ICMP'")]),
        port(
            "hostIP no address", ["containerPort": 1, "hostIP": "localhost"],
            [.invalid(".hostIP", "must be an IPv4 address, was 'localhost'")]),
        row(
            "two ports of one name",
            ["ports": [["containerPort": 1, "name": "a"], ["containerPort": 2, "name": "a"]]],
            [.duplicate(".ports[1].name", "must be unique, was 'a'")]),
        row(
            "one host port twice in a container",
            ["ports": [["containerPort": 1, "hostPort": 9], ["containerPort": 2, "hostPort": 9]]],
            [
                .duplicate(
                    ".ports[1].hostPort",
                    "must be unique in the pod, 9 is desiredState.manifest.containers[0].ports[0].hostPort too")
            ]),
    ]

    static let brokenVariables: [BrokenRule] = [
        row("no name", ["env": [["value": "1"]]], [.required(".env[0].name")]),
        row(
            "name no C identifier", ["env": [["name": "A"], ["name": "A-B"]]],
            [.invalid(".env[1].name", "\(Words.cIdentifier), was 'A-B'")]),
        row(
            "key no C identifier", ["env": [["key": "1A"]]], [.invalid(".env[0].key", "\(Words.cIdentifier), was '1A'")]
        ),
        row(
            "value no string", ["env": [["name": "A", "value": 1]]],
            [.invalid(".env[0].value", "must be a string, was 1")]),
        row(
            "value with NUL", ["env": [["name": "A", "value": "\u{0}"]]],
            [.invalid(".env[0].value", "must hold no NUL character, was '\u{0}'")]),
    ]

    static let brokenMounts: [BrokenRule] = [
        mount("no name", ["mountPath": "/m"], [.required(".name")]),
        mount(
            "unknown volume", ["name": "w", "mountPath": "/m"],
            [.notFound(".name", "must name one of the pod's volumes, was 'w'")]),
        mount("no path", ["name": "v"], [.required(".mountPath")]),
        mount(
            "relative path", ["name": "v", "mountPath": "m"],
            [.invalid(".mountPath", "must be an absolute path, was 'm'")]),
        mount(
            "relative path in the older spelling", ["name": "v", "path": "m"],
            [.invalid(".path", "must be an absolute path, was 'm'")]),
        mount(
            "readOnly no flag", ["name": "v", "mountPath": "/m", "readOnly": 1],
            [.invalid(".readOnly", "must be true or false, was 1")]),
    ]

    static let brokenHooks: [BrokenRule] = [
        row(
            "handler of no kind", ["lifecycle": ["postStart": [:]]],
            [.invalid(".lifecycle.postStart", "must have one of exec, httpGet, has none")]),
        row(
            "handler of two kinds",
            ["lifecycle": ["preStop": ["exec": ["command": ["a"]], "httpGet": ["path": "/"]]]],
            [.invalid(".lifecycle.preStop", "must have one of exec, httpGet, has exec and httpGet")]),
        row(
            "handler without command", ["lifecycle": ["postStart": ["exec": ["command": []]]]],
            [.required(".lifecycle.postStart.exec.command")]),
        row(
            "handler without path", ["lifecycle": ["preStop": ["httpGet": ["port": 80]]]],
            [.required(".lifecycle.preStop.httpGet.path")]),
        row(
            "probe's delay a string", ["livenessProbe": ["exec": [:], "initialDelaySeconds": "5"]],
            [.invalid(".livenessProbe.initialDelaySeconds", "must be a whole number: seconds, was '5'")]),
        row(
            "probe's port a flag", ["livenessProbe": ["tcpSocket": ["port": true]]],
            [.invalid(".livenessProbe.tcpSocket.port", "must be a port's number or name, was true")]),
    ]

    /// A container with `changes`; the causes' fields are relative to it.
    private static func row(_ name: String, _ changes: JSONObject, _ causes: [FieldCause]) -> BrokenRule {
        let path = "desiredState.manifest.containers[0]"
        return BrokenRule(name, Samples.pod(container: changes), causes.map { $0.below(path) })
    }

    private static func port(_ name: String, _ port: JSONValue, _ causes: [FieldCause]) -> BrokenRule {
        row(name, ["ports": [port]], causes.map { $0.below(".ports[0]") })
    }

    private static func mount(_ name: String, _ mount: JSONValue, _ causes: [FieldCause]) -> BrokenRule {
        let container: JSONValue = ["name": "c", "image": "i", "volumeMounts": [mount]]
        return BrokenRule(
            name, Samples.pod(manifest: ["volumes": [["name": "v"]], "containers": [container]]),
            causes.map { $0.below("desiredState.manifest.containers[0].volumeMounts[0]") })
    }

    @Test("a broken container is refused", arguments: brokenContainers)
    func container(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken port is refused", arguments: brokenPorts)
    func port(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken variable is refused", arguments: brokenVariables)
    func variable(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken mount is refused", arguments: brokenMounts)
    func mount(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken hook or probe is refused", arguments: brokenHooks)
    func hook(rule: BrokenRule) throws { try rule.check() }

    @Test("privileged is taken where it is allowed")
    func privileged() throws {
        let node = ObjectDecoder(allowPrivileged: true, requirePortalIP: true)
        let decoded = try node.decode(Samples.pod(container: ["privileged": true]))
        guard case .pod(let pod) = decoded.objects.first else {
            Issue.record("no pod")
            return
        }
        #expect(pod.manifest.containers.map(\.privileged) == [true])
    }
}
