import ClusterModel
import Testing

@Suite("Encoding")
struct EncodingTests {
    static let emptyManifest = #"{"version":"","id":"","volumes":null,"containers":null,"restartPolicy":{}}"#

    static let states: [(PodState, String)] = [
        (PodState(), #"{"manifest":\#(emptyManifest)}"#),
        (
            PodState(
                manifest: ContainerManifest(version: "v1beta1", id: "w", uuid: "u", restartPolicy: .never),
                status: .waiting,
                message: "m", host: "h", hostIP: "1.2.3.4", podIP: "10.0.0.2",
                info: [
                    "net": ContainerStatus(state: .running(startedAt: "t"), podIP: "10.0.0.2", image: "pause"),
                    "c": ContainerStatus(state: .waiting(reason: ""), restartCount: 3, image: "i"),
                ]),
            #"{"manifest":{"version":"v1beta1","id":"w","uuid":"u","volumes":null,"containers":null,"restartPolicy":{"never":{}}},"#
                + #""status":"Waiting","message":"m","host":"h","hostIP":"1.2.3.4","podIP":"10.0.0.2","info":{"#
                + #""c":{"state":{"waiting":{}},"restartCount":3,"image":"i"},"#
                + #""net":{"state":{"running":{"startedAt":"t"}},"restartCount":0,"podIP":"10.0.0.2","image":"pause"}}}"#
        ),
    ]

    @Test("a pod's state", arguments: states)
    func state(state: PodState, text: String) {
        #expect(state.json().text == text)
    }

    static let statuses: [(ContainerStatus.State, String)] = [
        (.waiting(reason: "ErrImagePull"), #"{"waiting":{"reason":"ErrImagePull"}}"#),
        (.running(startedAt: ""), #"{"running":{"startedAt":null}}"#),
        (
            .terminated(exitCode: 0, startedAt: "s", finishedAt: ""),
            #"{"termination":{"exitCode":0,"startedAt":"s","finishedAt":null}}"#
        ),
        (
            .terminated(exitCode: 137, signal: 9, reason: "r", message: "m", startedAt: "s", finishedAt: "f"),
            #"{"termination":{"exitCode":137,"signal":9,"reason":"r","message":"m","startedAt":"s","finishedAt":"f"}}"#
        ),
    ]

    @Test("a container's status", arguments: statuses)
    func status(state: ContainerStatus.State, text: String) {
        let status = ContainerStatus(state: state, image: "i")
        #expect(status.json().text == #"{"state":\#(text),"restartCount":0,"image":"i"}"#)
    }

    static let containers: [(Container, String)] = [
        (Container(name: "c", image: "i"), #"{"name":"c","image":"i","imagePullPolicy":""}"#),
        (
            Container(
                name: "c", image: "i", command: ["a"], workingDir: "/w",
                ports: [ContainerPort(containerPort: 53, transport: .udp)], env: [EnvVar(name: "A", value: "")],
                memory: 1,
                cpu: 2, volumeMounts: [VolumeMount(name: "v", mountPath: "/m")],
                livenessProbe: LivenessProbe(check: .exec(command: ["ok"])),
                lifecycle: Lifecycle(preStop: .httpGet(HTTPGetAction(path: "/", port: .number(8080), host: "h"))),
                terminationMessagePath: "/t", privileged: true, imagePullPolicy: "PullNever"),
            #"{"name":"c","image":"i","command":["a"],"workingDir":"/w","ports":[{"containerPort":53,"protocol":"UDP"}],"#
                + #""env":[{"name":"A","key":"A"}],"memory":1,"cpu":2,"#
                + #""volumeMounts":[{"name":"v","mountPath":"/m","path":"/m"}],"#
                + #""livenessProbe":{"exec":{"command":["ok"]}},"#
                + #""lifecycle":{"preStop":{"httpGet":{"path":"/","port":8080,"host":"h"}}},"#
                + #""terminationMessagePath":"/t","privileged":true,"imagePullPolicy":"PullNever"}"#
        ),
        (
            Container(name: "c", image: "i", livenessProbe: LivenessProbe(check: .tcpSocket(port: nil))),
            #"{"name":"c","image":"i","livenessProbe":{"tcpSocket":{"port":0}},"imagePullPolicy":""}"#
        ),
    ]

    @Test("a container", arguments: containers)
    func container(container: Container, text: String) {
        #expect(container.json().text == text)
    }

    static let sources: [(Volume.Source, String)] = [
        (.emptyDir, #"{"hostDir":null,"emptyDir":{},"persistentDisk":null}"#),
        (.hostDir(path: "/s"), #"{"hostDir":{"path":"/s"},"emptyDir":null,"persistentDisk":null}"#),
        (
            .persistentDisk(pdName: "d", fsType: "ext4", partition: 1, readOnly: true),
            #"{"hostDir":null,"emptyDir":null,"persistentDisk":{"pdName":"d","fsType":"ext4","partition":1,"readOnly":true}}"#
        ),
        (
            .gitRepo(repository: "r", revision: "v"),
            #"{"hostDir":null,"emptyDir":null,"persistentDisk":null,"gitRepo":{"repository":"r","revision":"v"}}"#
        ),
    ]

    @Test("a volume", arguments: sources)
    func volume(source: Volume.Source, text: String) {
        let manifest = ContainerManifest(version: "v1beta1", volumes: [Volume(name: "v", source: source)])
        #expect(
            manifest.json().text
                == #"{"version":"v1beta1","id":"","volumes":[{"name":"v","source":\#(text)}],"containers":null,"#
                + #""restartPolicy":{"always":{}}}"#)
    }

    @Test("a service, every field")
    func service() {
        let meta = ObjectMeta(
            name: "a", uid: "u", creationTimestamp: "t", selfLink: "/s", resourceVersion: 5, namespace: "n",
            annotations: ["b": "2", "a": "1"])
        let service = Service(
            meta: meta, port: 1, transport: .udp, labels: ["l": "1"], selector: ["s": "1"],
            createExternalLoadBalancer: true,
            publicIPs: ["1.1.1.1"], containerPort: .name("p"), portalIP: "10.0.0.1", proxyPort: 9)
        #expect(
            ClusterObject.service(service).json().text
                == #"{"kind":"Service","id":"a","uid":"u","creationTimestamp":"t","selfLink":"/s","resourceVersion":5,"#
                + #""apiVersion":"v1beta1","namespace":"n","annotations":{"a":"1","b":"2"},"port":1,"protocol":"UDP","#
                + #""labels":{"l":"1"},"selector":{"s":"1"},"createExternalLoadBalancer":true,"publicIPs":["1.1.1.1"],"#
                + #""containerPort":"p","portalIP":"10.0.0.1","proxyPort":9}"#)
    }

    @Test("items of a list have neither kind nor apiVersion")
    func items() {
        let endpoints = Endpoints(meta: ObjectMeta(name: "a"), endpoints: [])
        #expect(
            ClusterObject.endpoints(endpoints).itemJSON().text
                == #"{"id":"a","creationTimestamp":null,"namespace":"default"}"#)
        let service = Service(meta: ObjectMeta(name: "a"), port: 1, selector: ["s": "1"])
        #expect(
            ClusterObject.service(service).itemJSON().text
                == #"{"id":"a","creationTimestamp":null,"namespace":"default","port":1,"protocol":"TCP","#
                + #""selector":{"s":"1"},"containerPort":0}"#)
        let pod = Pod(meta: ObjectMeta(name: "a"), desiredState: PodState(), nodeSelector: ["disk": "ssd"])
        #expect(
            ClusterObject.pod(pod).itemJSON().text
                == #"{"id":"a","creationTimestamp":null,"namespace":"default","desiredState":{"manifest":\#(Self.emptyManifest)},"#
                + #""currentState":{"manifest":\#(Self.emptyManifest)},"nodeSelector":{"disk":"ssd"}}"#)
    }
}
