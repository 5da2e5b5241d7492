import ClusterModel
import Testing

@testable import Pods

@Suite("The hash of a container")
struct ContainerHashTests {
    private static let full = Container(
        name: "app", image: "img:1", command: ["a", "b c"], workingDir: "/w",
        ports: [ContainerPort(name: "http", hostPort: 8080, containerPort: 80)],
        env: [EnvVar(name: "K", value: "v")], memory: 64, cpu: 500,
        volumeMounts: [
            VolumeMount(name: "data", mountPath: "/data"), VolumeMount(name: "host", readOnly: true, mountPath: "/h"),
        ], privileged: true)
    private static let manifest = ContainerManifest(volumes: [
        Volume(name: "data", source: .emptyDir), Volume(name: "host", source: .hostDir(path: "/srv")),
    ])

    /// These words must never change: every container of every node would be replaced by the next upgrade.
    @Test("is for ever the same for the same spec")
    func golden() {
        let bare = Container(name: "app", image: "img")
        #expect(ContainerHash.of(bare, in: ContainerManifest()) == FNV1a(#"{"name":"app","image":"img"}"#).hex)
        let text =
            #"{"name":"app","image":"img:1","command":["a","b c"],"workingDir":"/w","env":["K=v"],"memory":64,"cpu":500,"#
            + #""mounts":["/data:rw:data:emptyDir","/h:ro:host:hostDir:/srv"],"privileged":true}"#
        #expect(ContainerHash.of(Self.full, in: Self.manifest) == FNV1a(text).hex)
        let port = PublishedPort(hostIP: "127.0.0.1", hostPort: 8080, containerPort: 80)
        #expect(
            ContainerHash.ofNetwork(hostname: "web", ports: [port])
                == FNV1a(#"{"hostname":"web","ports":["127.0.0.1:8080:80/TCP"]}"#).hex)
        #expect(
            ContainerHash.ofNetwork(hostname: "web", ports: [], subnet: IPv4Network("10.244.1.0/24"))
                == FNV1a(#"{"hostname":"web","subnet":"10.244.1.0/24"}"#).hex)
    }

    @Test("is FNV-1a, by its published vectors")
    func vectors() {
        #expect(FNV1a("").hex == "cbf29ce484222325")
        #expect(FNV1a("a").hex == "af63dc4c8601ec8c")
        #expect(FNV1a("foobar").hex == "85944171f73967e8")
        #expect(FNV1a("").shortHex == "4fd0bf c1".filter { $0 != " " })
    }

    @Test("differs when something differs that the engine is told")
    func changes() {
        let changes: [(inout Container) -> Void] = [
            { $0.image = "img:2" }, { $0.command = ["a"] }, { $0.command = ["a b", "c"] }, { $0.workingDir = "/" },
            { $0.env = [] }, { $0.env[0].value = "w" }, { $0.memory = 65 }, { $0.cpu = 501 },
            { $0.volumeMounts[0].mountPath = "/other" }, { $0.volumeMounts[0].readOnly = true },
            { $0.volumeMounts.removeLast() }, { $0.privileged = false },
        ]
        let original = ContainerHash.of(Self.full, in: Self.manifest)
        var seen: Set<String> = [original]
        for change in changes {
            var container = Self.full
            change(&container)
            seen.insert(ContainerHash.of(container, in: Self.manifest))
        }
        #expect(seen.count == changes.count + 1)
        var moved = Self.manifest
        moved.volumes[1].source = .hostDir(path: "/elsewhere")
        #expect(ContainerHash.of(Self.full, in: moved) != original)
    }

    @Test("is the same when nothing the engine is told differs")
    func irrelevant() {
        let changes: [(inout Container) -> Void] = [
            { $0.ports[0].name = "web" }, { $0.ports[0].containerPort = 81 }, { $0.imagePullPolicy = "PullAlways" },
            { $0.livenessProbe = LivenessProbe(check: nil) }, { $0.lifecycle = Lifecycle() },
            { $0.terminationMessagePath = "/dev/termination-log" },
        ]
        for change in changes {
            var container = Self.full
            change(&container)
            #expect(ContainerHash.of(container, in: Self.manifest) == ContainerHash.of(Self.full, in: Self.manifest))
        }
    }

    @Test("of the network is that of its published ports alone")
    func network() {
        func hash(_ ports: ContainerPort...) -> String? {
            PodBlueprint(makePod(containers: [Container(name: "app", image: "img", ports: ports)]))
                .hashes[ContainerLabels.network]
        }
        #expect(hash() == hash(ContainerPort(name: "x", containerPort: 80)))
        #expect(hash() != hash(ContainerPort(hostPort: 80, containerPort: 80)))
    }
}

@Suite("Names")
struct ContainerNamesTests {
    private func name(_ pod: String, container: String = "app", uid: String = "u", owner: String = "o") -> String {
        ContainerNames.container(
            ContainerLabels(
                pod: pod, namespace: "default", uid: uid, container: container, hash: "", source: "", attempt: 3),
            owner: owner)
    }

    @Test("of containers tell a person what they are")
    func readable() {
        #expect(name("web-1.x") == "minion_app_web-1.x_default_\(FNV1a("o/u").shortHex)_3")
    }

    @Test("of containers keep to the engine's characters and a bound, and stay apart")
    func hostile() {
        let long = String(repeating: "a", count: 253)
        let names = [
            name(long), name(long + "b"), name("a/b"), name("a b"), name("ä"), name("x", uid: "v"),
            name("x", owner: "p"),
        ]
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.utf8.count <= 230)
            #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }, "\(name)")
        }
    }

    @Test("of folders cannot lead out of the folder they are in")
    func folders() {
        let uuid = "fda5a6a2-4c3b-11e4-b0a2-001fc69bd7c1"
        let suffix = "-" + FNV1a("default/web").shortHex
        #expect(ContainerNames.folder(of: PodIncarnation(key: podKey(), uid: uuid)) == uuid + suffix)
        for uid in ["..", ".", "../x", "a/b", "", ".hidden", String(repeating: "a", count: 65), "a\u{0}b"] {
            let folder = ContainerNames.folder(of: PodIncarnation(key: podKey(), uid: uid))
            #expect(folder == "uid-\(FNV1a(uid).hex)" + suffix, "\(uid)")
        }
    }

    @Test("of hosts are what the kernel takes")
    func hostnames() {
        #expect(ContainerNames.hostname("web") == "web")
        let long = String(repeating: "a", count: 62) + "-b"
        #expect(ContainerNames.hostname(long) == String(repeating: "a", count: 62))
    }
}
