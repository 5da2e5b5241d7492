import ClusterModel
import Testing

@Suite("Decoding")
struct DecodingTests {
    static let node = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)

    static func pod(_ value: JSONValue) throws -> Pod {
        guard case .pod(let pod) = try node.decode(value).objects.first else { throw NoSuchObject() }
        return pod
    }

    static func service(_ changes: JSONObject) throws -> Service {
        guard case .service(let service) = try node.decode(Samples.service(changes)).objects.first else {
            throw NoSuchObject()
        }
        return service
    }

    struct NoSuchObject: Error {}

    @Test("a service has the defaults of its absent fields")
    func serviceDefaults() throws {
        #expect(
            try Self.service([:])
                == Service(meta: ObjectMeta(name: "web"), port: 80, selector: ["name": "web"], portalIP: "10.11.0.1"))
    }

    @Test("a service keeps every field")
    func wholeService() throws {
        let service = try Self.service([
            "uid": "u", "creationTimestamp": "2014-10-21T09:30:00Z", "selfLink": "/x", "resourceVersion": 7,
            "namespace": "n", "annotations": ["k.v/w": "x"], "protocol": "udp", "labels": ["tier": "Any Value"],
            "createExternalLoadBalancer": true, "publicIPs": ["1.2.3.4"], "containerPort": "http", "proxyPort": 65535,
        ])
        #expect(
            service
                == Service(
                    meta: ObjectMeta(
                        name: "web", uid: "u", creationTimestamp: "2014-10-21T09:30:00Z", selfLink: "/x",
                        resourceVersion: 7, namespace: "n", annotations: ["k.v/w": "x"]),
                    port: 80, transport: .udp, labels: ["tier": "Any Value"], selector: ["name": "web"],
                    createExternalLoadBalancer: true, publicIPs: ["1.2.3.4"], containerPort: .name("http"),
                    portalIP: "10.11.0.1", proxyPort: 65535))
    }

    static let targets: [(JSONValue, PortReference?)] = [
        (.null, nil), (0, nil), (.double(0), nil), ("", nil), (80, .number(80)), (.double(80), .number(80)),
        ("80", .name("80")), ("http", .name("http")),
    ]

    @Test("a port is a number or a name", arguments: targets)
    func portReference(value: JSONValue, reference: PortReference?) throws {
        #expect(try Self.service(["containerPort": value]).containerPort == reference)
    }

    @Test("null means absent, everywhere")
    func nulls() throws {
        let pod = try Self.pod([
            "kind": "Pod", "apiVersion": .null, "id": "web", "uid": .null, "creationTimestamp": .null, "labels": .null,
            "annotations": .null, "namespace": .null, "resourceVersion": .null, "currentState": .null,
            "desiredState": [
                "host": .null,
                "manifest": [
                    "version": "v1beta1", "volumes": .null, "restartPolicy": .null,
                    "containers": [
                        [
                            "name": "c", "image": "i", "command": .null, "ports": .null, "env": .null, "memory": .null,
                            "privileged": .null, "livenessProbe": .null, "lifecycle": ["postStart": .null],
                        ]
                    ],
                ],
            ],
        ])
        let container = Container(name: "c", image: "i", lifecycle: Lifecycle())
        let manifest = ContainerManifest(version: "v1beta1", id: "web", containers: [container])
        #expect(pod == Pod(meta: ObjectMeta(name: "web"), desiredState: PodState(manifest: manifest)))
    }

    @Test("a container keeps every field, older spellings included")
    func wholeContainer() throws {
        let changes: JSONObject = [
            "command": ["a", ""], "workingDir": "/w",
            "ports": [
                ["name": "p", "hostPort": 1, "containerPort": 65535, "protocol": "Udp", "hostIP": "127.0.0.1"],
                ["name": "", "containerPort": 1], ["containerPort": 2],
            ],
            "env": [["name": "A_1", "key": "1gnored", "value": "1"], ["key": "_b", "value": ""], ["name": "A_1"]],
            "memory": 1024, "cpu": 500,
            "livenessProbe": ["tcpSocket": ["port": "p"], "initialDelaySeconds": 5, "type": "tcp", "enabled": true],
            "lifecycle": [
                "postStart": ["exec": ["command": ["x"]]], "preStop": ["httpGet": ["path": "/", "host": "h"]],
            ],
            "terminationMessagePath": "/t", "imagePullPolicy": "pullalways",
        ]
        let container = try #require(try Self.pod(Samples.pod(container: changes)).manifest.containers.first)
        #expect(
            container
                == Container(
                    name: "c", image: "i", command: ["a", ""], workingDir: "/w",
                    ports: [
                        ContainerPort(
                            name: "p", hostPort: 1, containerPort: 65535, transport: .udp, hostIP: "127.0.0.1"),
                        ContainerPort(containerPort: 1), ContainerPort(containerPort: 2),
                    ],
                    env: [
                        EnvVar(name: "A_1", value: "1"), EnvVar(name: "_b", value: ""), EnvVar(name: "A_1", value: ""),
                    ],
                    memory: 1024, cpu: 500,
                    livenessProbe: LivenessProbe(check: .tcpSocket(port: .name("p")), initialDelaySeconds: 5),
                    lifecycle: Lifecycle(
                        postStart: .exec(command: ["x"]), preStop: .httpGet(HTTPGetAction(path: "/", host: "h"))),
                    terminationMessagePath: "/t", imagePullPolicy: "pullalways"))
        #expect(container.pullPolicy == .always)
    }

    static let pullPolicies: [(String, ImagePullPolicy)] = [
        ("", .ifNotPresent), ("PullNever", .never), ("pullALWAYS", .always), ("pullIfNotPresent", .ifNotPresent),
        ("Sometimes", .ifNotPresent),
    ]

    @Test("the pull policy is read whatever its case", arguments: pullPolicies)
    func pullPolicy(text: String, policy: ImagePullPolicy) {
        #expect(Container(name: "c", image: "i", imagePullPolicy: text).pullPolicy == policy)
    }

    static let checks: [(JSONValue, LivenessProbe.Check?)] = [
        (["tcpSocket": ["port": 80]], .tcpSocket(port: .number(80))),
        (["tcpSocket": [:]], .tcpSocket(port: nil)),
        (["httpGet": ["port": 70000]], .httpGet(HTTPGetAction(port: .number(70000)))),
        (["exec": [:]], .exec(command: [])),
        (["httpGet": ["path": "/"], "exec": ["command": ["a"]], "tcpSocket": [:]], .exec(command: ["a"])),
        (["httpGet": ["path": "/"], "tcpSocket": [:]], .httpGet(HTTPGetAction(path: "/"))),
        ([:], nil),
    ]

    @Test("a probe's first check counts, its contents are not validated", arguments: checks)
    func probe(value: JSONValue, check: LivenessProbe.Check?) throws {
        let pod = try Self.pod(Samples.pod(container: ["livenessProbe": value]))
        #expect(pod.manifest.containers.first?.livenessProbe == LivenessProbe(check: check))
    }

    static let policies: [(JSONValue, RestartPolicy)] = [
        ([:], .always), (["always": [:]], .always), (["onFailure": [:]], .onFailure), (["never": [:]], .never),
        (["always": .null, "never": [:]], .never),
    ]

    @Test("a restart policy is the member that is there", arguments: policies)
    func restartPolicy(value: JSONValue, policy: RestartPolicy) throws {
        #expect(try Self.pod(Samples.pod(manifest: ["restartPolicy": value])).manifest.restartPolicy == policy)
    }

    static let sources: [(JSONValue, Volume.Source)] = [
        (.null, .emptyDir), ([:], .emptyDir), (["emptyDir": [:]], .emptyDir),
        (["hostDir": ["path": "/srv"], "emptyDir": .null], .hostDir(path: "/srv")),
        (
            ["persistentDisk": ["pdName": "d", "fsType": "ext4", "partition": 255, "readOnly": true]],
            .persistentDisk(pdName: "d", fsType: "ext4", partition: 255, readOnly: true)
        ),
        (["gitRepo": ["repository": "r", "revision": "v"]], .gitRepo(repository: "r", revision: "v")),
    ]

    @Test("a volume has one source, an empty directory where it has none", arguments: sources)
    func volume(value: JSONValue, source: Volume.Source) throws {
        let pod = try Self.pod(Samples.pod(manifest: ["volumes": [["name": "v", "source": value]]]))
        #expect(pod.manifest.volumes == [Volume(name: "v", source: source)])
    }

    @Test("a mount may use the older names")
    func mount() throws {
        let mounts: JSONValue = [
            ["name": "v", "path": "/old", "mountType": "bind"],
            ["name": "v", "mountPath": "/new", "path": "x", "readOnly": true],
        ]
        let container: JSONValue = ["name": "c", "image": "i", "volumeMounts": mounts]
        let pod = try Self.pod(Samples.pod(manifest: ["volumes": [["name": "v"]], "containers": [container]]))
        #expect(
            pod.manifest.containers.first?.volumeMounts
                == [
                    VolumeMount(name: "v", mountPath: "/old"),
                    VolumeMount(name: "v", readOnly: true, mountPath: "/new"),
                ])
    }

    @Test("a manifest is called as its pod is, a bare one names its pod")
    func names() throws {
        let pod = try Self.pod(Samples.pod(manifest: ["id": "other", "uuid": "u"]))
        #expect(pod.manifest.id == "web")
        let bare = try Self.pod(["version": "v1beta1", "id": "bare", "uuid": "u"])
        let manifest = ContainerManifest(version: "v1beta1", id: "bare", uuid: "u")
        #expect(bare == Pod(meta: ObjectMeta(name: "bare", uid: "u"), desiredState: PodState(manifest: manifest)))
    }

    @Test("the current state is ignored on input and kept by a client")
    func currentState() throws {
        let value = Samples.pod([
            "currentState": [
                "manifest": ["version": ""], "status": "Running", "message": "m", "host": "h", "hostIP": "1.1.1.1",
                "podIP": "10.0.0.2",
                "info": [
                    "a": ["state": ["running": ["startedAt": "t"]], "restartCount": 2, "image": "i"],
                    "b": ["state": ["termination": ["exitCode": -1, "signal": 9, "finishedAt": "f"]], "image": "i"],
                    "c": ["state": ["waiting": ["reason": "ErrImagePull"]]], "net": ["podIP": "10.0.0.2"],
                ],
            ]
        ])
        #expect(try Self.pod(value).currentState == PodState())
        let client = ObjectDecoder(allowPrivileged: false, requirePortalIP: false, keepsCurrentState: true)
        let decoded = try client.decode(value)
        guard case .pod(let pod) = decoded.objects.first else { throw NoSuchObject() }
        #expect(decoded.warnings == [])
        #expect(
            pod.currentState
                == PodState(
                    status: .running, message: "m", host: "h", hostIP: "1.1.1.1", podIP: "10.0.0.2",
                    info: [
                        "a": ContainerStatus(state: .running(startedAt: "t"), restartCount: 2, image: "i"),
                        "b": ContainerStatus(
                            state: .terminated(exitCode: -1, signal: 9, startedAt: "", finishedAt: "f"), image: "i"),
                        "c": ContainerStatus(state: .waiting(reason: "ErrImagePull")),
                        "net": ContainerStatus(state: .waiting(reason: ""), podIP: "10.0.0.2"),
                    ]))
    }
}
