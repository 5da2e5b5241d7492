import ClusterModel
import Machine
import Testing

@testable import Pods

@Suite("The words given to docker")
struct DockerArgumentsTests {
    private let arguments = DockerArguments(owner: "me")
    private let labels = ContainerLabels(
        pod: "web", namespace: "default", uid: "u1", container: "app", hash: "abc", source: "master", attempt: 2)
    private let labelWords = [
        "--label", "minion.owner=me", "--label", "minion.pod=web", "--label", "minion.namespace=default", "--label",
        "minion.uid=u1", "--label", "minion.container=app", "--label", "minion.hash=abc", "--label",
        "minion.source=master", "--label", "minion.attempt=2",
    ]

    @Test("for a network container")
    func network() {
        let spec = ContainerSpec(
            name: "n", labels: labels, image: "minion/pause:1",
            network: .own(
                hostname: "web",
                ports: [
                    PublishedPort(hostPort: 8080, containerPort: 80),
                    PublishedPort(hostIP: "127.0.0.1", hostPort: 53, containerPort: 5353, transport: .udp),
                ]), log: .files)
        let run = arguments.run(spec)
        #expect(
            run.words == ["run", "--detach", "--pull", "never", "--restart", "no", "--name", "n"] + labelWords + [
                "--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3", "--hostname",
                "web",
                "--publish", "8080:80/tcp", "--publish", "127.0.0.1:53:5353/udp", "--", "minion/pause:1",
            ])
        #expect(run.input == [])
    }

    @Test("for a container with everything")
    func full() {
        let spec = ContainerSpec(
            name: "c", labels: labels, image: "img", arguments: ["--flag", "x"], workingDirectory: "/w",
            environment: [
                EnvVar(name: "A", value: "1 2"), EnvVar(name: "B", value: "x\ny"), EnvVar(name: "C", value: ""),
            ],
            memory: 1024, cpuShares: 102, privileged: true,
            binds: [Bind(source: "/s p", target: "/t"), Bind(source: "/r", target: "/o", readOnly: true)],
            network: .shared(with: "id"), log: .journal)
        let run = arguments.run(spec)
        #expect(
            run.words == ["run", "--detach", "--pull", "never", "--restart", "no", "--name", "c"] + labelWords + [
                "--log-driver", "journald", "--log-opt",
                "labels=minion.pod,minion.namespace,minion.container,minion.uid,minion.source", "--network",
                "container:id",
                "--env-file", "/dev/stdin", "--env", "B", "--workdir", "/w", "--memory", "1024", "--cpu-shares",
                "102", "--privileged", "--volume", "/s p:/t", "--volume", "/r:/o:ro", "--", "img", "--flag", "x",
            ])
        #expect(String(decoding: run.input, as: UTF8.self) == "A=1 2\nC=\n")
        #expect(run.environment == ["B": "x\ny"])
    }

    @Test(
        "of a variable that is no line name it alone, unless docker would take it for its own",
        arguments: [
            ("PEM", false), ("SSH_KEY", false), ("GOOGLE_KEY", false), ("PATH", true), ("https_proxy", true),
            ("DOCKER_HOST", true), ("LD_PRELOAD", true), ("GODEBUG", true),
        ])
    func manyLines(_ name: String, _ isReadByDocker: Bool) {
        var spec = ContainerSpec(name: "c", labels: labels, image: "img", network: .shared(with: "id"), log: .files)
        spec.environment = [EnvVar(name: name, value: "x\ny")]
        let run = arguments.run(spec)
        #expect(run.words.contains("\(name)=x\ny") == isReadByDocker)
        #expect(run.words.contains(name) == !isReadByDocker)
        #expect(run.environment == (isReadByDocker ? [:] : [name: "x\ny"]))
    }

    @Test("for everything else")
    func others() {
        let key = ObjectKey(kind: .pod, namespace: "prod", name: "web")
        let list = arguments.list(of: key)
        #expect(
            Array(list.dropLast()) == [
                "ps", "--all", "--no-trunc", "--filter", "label=minion.owner=me", "--filter", "label=minion.pod=web",
                "--filter", "label=minion.namespace=prod", "--format",
            ])
        #expect(list.last?.contains(".Size") == false, "asking for sizes makes the engine read every file")
        #expect(arguments.list(of: nil).contains("label=minion.pod=web") == false)
        #expect(arguments.list(ids: ["a", "b"]).contains("id=b"))
        #expect(DockerArguments.inspect(["a", "b"]).prefix(3) == ["inspect", "--type", "container"])
        #expect(DockerArguments.inspect(["a", "b"]).suffix(2) == ["a", "b"])
        #expect(DockerArguments.signal(["a"], "QUIT") == ["kill", "--signal", "QUIT", "a"])
        #expect(DockerArguments.remove(["a", "b"]) == ["rm", "--force", "--volumes", "a", "b"])
        #expect(DockerArguments.pull("-x") == ["pull", "--quiet", "--", "-x"])
        #expect(
            DockerArguments.importImage(file: "/f", as: "i")
                == ["import", "--change", #"ENTRYPOINT ["/pause"]"#, "--", "/f", "i"])
        #expect(
            arguments.events() == [
                "events", "--filter", "type=container", "--filter", "label=minion.owner=me", "--filter", "event=start",
                "--filter", "event=die", "--filter", "event=destroy", "--format", "{{json .}}",
            ])
    }
}

@Suite("What docker prints")
struct DockerJSONTests {
    private static let labels =
        #"{"minion.attempt":"2","minion.container":"app","minion.hash":"abc","minion.namespace":"default","#
        + #""minion.owner":"me","minion.pod":"web","minion.source":"master","minion.uid":"a,b=c"}"#
    private static let read = ContainerLabels(
        pod: "web", namespace: "default", uid: "a,b=c", container: "app", hash: "abc", source: "master", attempt: 2)

    private func inspected(_ state: String, more: String = "") throws -> ObservedContainer? {
        let line =
            #"{"id":"c1","name":"/minion_app","state":\#(state),"image":"img","labels":\#(Self.labels),"stopSignal":"","#
            + #""networkMode":"container:n1","networks":{}\#(more)}"# + "\n"
        return try DockerJSON.inspected(Array(line.utf8)).first
    }

    private func state(_ status: String, code: Int = 0) -> String {
        #"{"Status":"\#(status)","Running":true,"Paused":false,"OOMKilled":\#(code == 137),"Dead":false,"Pid":7,"#
            + #""ExitCode":\#(code),"Error":"","StartedAt":"2014-10-21T12:00:00.5Z","FinishedAt":"0001-01-01T00:00:00Z"}"#
    }

    @Test("is read in full")
    func running() throws {
        let container = try #require(try inspected(state("running")))
        #expect(
            container
                == ObservedContainer(
                    id: "c1", name: "minion_app", labels: Self.read, image: "img",
                    state: .running(startedAt: "2014-10-21T12:00:00.5Z"), sharesNetworkWith: "n1"))
    }

    @Test("has an address and a stop signal where there is one")
    func network() throws {
        let line =
            #"{"id":"n1","name":"/n","state":\#(state("running")),"image":"p","labels":\#(Self.labels),"#
            + #""stopSignal":"SIGQUIT","networkMode":"default","networks":{"a":{"IPAddress":""},"#
            + #""bridge":{"IPAddress":"172.17.0.2","Gateway":"172.17.0.1"}}}"#
        let container = try #require(try DockerJSON.inspected(Array(line.utf8)).first)
        #expect(container.address == "172.17.0.2")
        #expect(container.stopSignal == "SIGQUIT")
        #expect(container.sharesNetworkWith == nil)
    }

    @Test("has a state in docker's words or podman's")
    func states() throws {
        #expect(try inspected(state("created"))?.state == .created)
        #expect(try inspected(state("removing"))?.state == .removing)
        let running = ObservedContainer.State.running(startedAt: "2014-10-21T12:00:00.5Z")
        for status in ["paused", "restarting"] { #expect(try inspected(state(status))?.state == running) }
        for status in ["exited", "dead", "stopped"] {
            let exit = try #require(try inspected(state(status, code: 137))?.exit)
            #expect(exit.code == 137 && exit.outOfMemory)
        }
        #expect(try inspected(state("odd"))?.state == .unknown("docker says that it is 'odd'"))
    }

    @Test("of a container that is not labelled as ours are is left out")
    func foreign() throws {
        let line = #"{"id":"x","name":"/x","labels":{"minion.pod":"web"}}"#
        #expect(try DockerJSON.list(Array(line.utf8)) == [])
    }

    @Test("that cannot be read says so, with its beginning")
    func damaged() {
        #expect(throws: RuntimeError(.unreadable, "docker printed what cannot be read as Listed: WARNING: no")) {
            try DockerJSON.list(Array("WARNING: no".utf8))
        }
    }

    @Test(
        "of events is read when it is somebody's business",
        arguments: [("start", RuntimeEvent.Kind.started), ("die", .died), ("destroy", .removed), ("rename", nil)])
    func events(_ action: String, _ kind: RuntimeEvent.Kind?) throws {
        let line =
            #"{"status":"x","id":"c1","Type":"container","Action":"\#(action)","Actor":{"ID":"c1","#
            + #""Attributes":{"image":"i","exitCode":"0","minion.pod":"web","minion.namespace":"prod","minion.uid":"u","#
            + #""minion.container":"app","minion.attempt":"0"}},"scope":"local","time":1,"timeNano":2}"#
        let key = ObjectKey(kind: .pod, namespace: "prod", name: "web")
        #expect(try DockerJSON.event(line) == kind.map { RuntimeEvent(kind: $0, id: "c1", pod: key) })
    }
}

@Suite("What docker complains of")
struct DockerFailureTests {
    /// Words of docker 28 and of docker 20.10, as they were printed.
    @Test(
        "becomes a code",
        arguments: [
            (
                "docker: Error response from daemon: No such image: nosuch:1\n\nRun 'docker run --help' for more information\n",
                RuntimeError.Code.noSuchImage, "No such image: nosuch:1"
            ),
            (
                "docker: Error response from daemon: No such image: nosuch:1.\nSee 'docker run --help'.\n",
                .noSuchImage, "No such image: nosuch:1"
            ),
            (
                "docker: Error response from daemon: Conflict. The container name \"/n\" is already in use by container \"61c4\"."
                    + " You have to remove (or rename) that container to be able to reuse that name.\n",
                .nameConflict,
                "Conflict. The container name \"/n\" is already in use by container \"61c4\". You have to remove (or rename)"
                    + " that container to be able to reuse that name"
            ),
            (
                "docker: Error response from daemon: driver failed programming external connectivity on endpoint z (a9):"
                    + " Bind for 127.0.0.1:8080 failed: port is already allocated.\n", .portTaken,
                "driver failed programming external connectivity on endpoint z (a9): Bind for 127.0.0.1:8080 failed: port is"
                    + " already allocated"
            ),
            (
                "docker: Error response from daemon: driver failed: Error starting userland proxy: listen tcp4 0.0.0.0:8099:"
                    + " bind: address already in use.\n", .portTaken,
                "driver failed: Error starting userland proxy: listen tcp4 0.0.0.0:8099: bind: address already in use"
            ),
            (
                "docker: Error response from daemon: No such container: nosuch.\n", .noSuchContainer,
                "No such container: nosuch"
            ),
            (
                "Cannot connect to the Docker daemon at unix:///nosuch. Is the docker daemon running?\n", .unreachable,
                "Cannot connect to the Docker daemon at unix:///nosuch. Is the docker daemon running?"
            ),
            (
                "docker: Error response from daemon: Minimum memory limit allowed is 6MB.\nSee 'docker run --help'.\n",
                .refused,
                "Minimum memory limit allowed is 6MB"
            ),
            (
                "Error: No such container: x\nCannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n",
                .unreachable,
                "No such container: x; Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"
            ),
            ("", .refused, "docker ended with exited(125) and no word"),
        ])
    func codes(_ words: String, _ code: RuntimeError.Code, _ message: String) {
        let output = CommandOutput(status: .exited(125), standardError: Array(words.utf8))
        #expect(DockerFailure.error(output) == RuntimeError(code, message))
    }

    @Test(
        "of what is gone anyway is no failure",
        arguments: [
            ("Error response from daemon: No such container: x\n", true),
            ("Error response from daemon: Cannot kill container: x: Container 0771 is not running\n", true),
            ("Error response from daemon: removal of container x is already in progress\n", true),
            ("Error response from daemon: No such container: x\nError response from daemon: device busy\n", false),
            ("", false),
        ])
    func gone(_ words: String, _ isGone: Bool) {
        let output = CommandOutput(status: .exited(1), standardError: Array(words.utf8))
        #expect(DockerFailure.isAboutTheGone(output) == isGone)
    }
}
