import ClusterModel
import Testing

@Suite("The rules of pods")
struct PodRulesTests {
    static let manifestPath = "desiredState.manifest"

    static let brokenPods: [BrokenRule] = [
        BrokenRule("no id", Samples.pod(["id": .null]), [.required("id")]),
        BrokenRule("id no DNS name", Samples.pod(["id": "P_X"]), [.invalid("id", "\(Words.dnsSubdomain), was 'P_X'")]),
        BrokenRule(
            "label key with a space", Samples.pod(["labels": ["a b": "x"]]),
            [.notSupported("labels", "has the key 'a b', which \(Words.labelKey)")]),
        BrokenRule(
            "nodeSelector key ends in a dot", Samples.pod(["nodeSelector": ["Disk.": "ssd"]]),
            [.notSupported("nodeSelector", "has the key 'Disk.', which \(Words.labelKey)")]),
        BrokenRule("no desired state", Samples.pod(["desiredState": .null]), [.required("\(manifestPath).version")]),
        BrokenRule("no manifest", Samples.pod(["desiredState": [:]]), [.required("\(manifestPath).version")]),
        BrokenRule(
            "desired state no object", Samples.pod(["desiredState": []]),
            [.invalid("desiredState", "must be an object, was []")]),
        BrokenRule(
            "host no string", Samples.pod(["desiredState": ["manifest": ["version": "v1beta1"], "host": 7]]),
            [.invalid("desiredState.host", "must be a string, was 7")]),
    ]

    static let brokenManifests: [BrokenRule] = [
        BrokenRule("no version", Samples.pod(manifest: ["version": .null]), [.required("\(manifestPath).version")]),
        BrokenRule(
            "unknown version", Samples.pod(manifest: ["version": "v9"]),
            [.notSupported("\(manifestPath).version", "must be v1beta1 or v1beta2, was 'v9'")]),
        BrokenRule(
            "uuid no string", Samples.pod(manifest: ["uuid": 5]),
            [.invalid("\(manifestPath).uuid", "must be a string, was 5")]),
        BrokenRule(
            "containers no array", Samples.pod(manifest: ["containers": ["name": "c"]]),
            [.invalid("\(manifestPath).containers", "must be an array, was {\"name\":\"c\"}")]),
        BrokenRule(
            "container no object", Samples.pod(manifest: ["containers": ["c", .null]]),
            [
                .invalid("\(manifestPath).containers[0]", "must be an object, was 'c'"),
                .invalid("\(manifestPath).containers[1]", "must be an object, was null"),
            ]),
        BrokenRule(
            "two containers of one name",
            Samples.pod(manifest: ["containers": [.object(Samples.container), .object(Samples.container)]]),
            [.duplicate("\(manifestPath).containers[1].name", "must be unique, was 'c'")]),
        BrokenRule(
            "two restart policies", Samples.pod(manifest: ["restartPolicy": ["always": [:], "never": [:]]]),
            [
                .invalid(
                    "\(manifestPath).restartPolicy", "must have one of always, onFailure, never, has always and never")
            ]),
        BrokenRule(
            "restart policy no object", Samples.pod(manifest: ["restartPolicy": "always"]),
            [.invalid("\(manifestPath).restartPolicy", "must be an object, was 'always'")]),
        BrokenRule(
            "restart policy's member no object", Samples.pod(manifest: ["restartPolicy": ["never": true]]),
            [.invalid("\(manifestPath).restartPolicy.never", "must be an object, was true")]),
        BrokenRule(
            "one host port twice, in two containers and two protocols",
            Samples.pod(manifest: [
                "containers": [
                    [
                        "name": "a", "image": "i",
                        "ports": [["containerPort": 1], ["containerPort": 2, "hostPort": 9]],
                    ],
                    ["name": "b", "image": "i", "ports": [["containerPort": 3, "hostPort": 9, "protocol": "UDP"]]],
                ]
            ]),
            [
                .duplicate(
                    "\(manifestPath).containers[1].ports[0].hostPort",
                    "must be unique in the pod, 9 is \(manifestPath).containers[0].ports[1].hostPort too")
            ]),
    ]

    static let brokenVolumes: [BrokenRule] = [
        volume("no name", [:], [.required("\(manifestPath).volumes[0].name")]),
        volume(
            "name no DNS label", ["name": "V"],
            [.invalid("\(manifestPath).volumes[0].name", "\(Words.dnsLabel), was 'V'")]),
        BrokenRule(
            "two volumes of one name", Samples.pod(manifest: ["volumes": [["name": "v"], ["name": "v"]]]),
            [.duplicate("\(manifestPath).volumes[1].name", "must be unique, was 'v'")]),
        source(
            "two sources", ["emptyDir": [:], "hostDir": ["path": "/srv"]],
            [.invalid("", "must have one of hostDir, emptyDir, persistentDisk, gitRepo, has hostDir and emptyDir")]),
        source("host directory without path", ["hostDir": [:]], [.required(".hostDir.path")]),
        source(
            "host directory with a relative path", ["hostDir": ["path": "srv"]],
            [.invalid(".hostDir.path", "must be an absolute path, was 'srv'")]),
        source(
            "disk without name and type", ["persistentDisk": [:]],
            [.required(".persistentDisk.pdName"), .required(".persistentDisk.fsType")]),
        source(
            "disk with partition 256", ["persistentDisk": ["pdName": "d", "fsType": "ext4", "partition": 256]],
            [.invalid(".persistentDisk.partition", "must be 0…255, was 256")]),
        source("source no object", "emptyDir", [.invalid("", "must be an object, was 'emptyDir'")]),
    ]

    private static func volume(_ name: String, _ volume: JSONValue, _ causes: [FieldCause]) -> BrokenRule {
        BrokenRule(name, Samples.pod(manifest: ["volumes": [volume]]), causes)
    }

    /// A volume with `source`; the causes' fields are relative to it.
    private static func source(_ name: String, _ source: JSONValue, _ causes: [FieldCause]) -> BrokenRule {
        volume(name, ["name": "v", "source": source], causes.map { $0.below("\(manifestPath).volumes[0].source") })
    }

    @Test("a broken pod is refused", arguments: brokenPods)
    func pod(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken manifest is refused", arguments: brokenManifests)
    func manifest(rule: BrokenRule) throws { try rule.check() }

    @Test("a broken volume is refused", arguments: brokenVolumes)
    func volume(rule: BrokenRule) throws { try rule.check() }
}

extension FieldCause {
    /// The cause with its field under `path`.
    func below(_ path: String) -> FieldCause {
        FieldCause(reason: reason, field: path + field, message: message)
    }
}
