import ClusterModel
import Machine
import NodeKit
import Testing

@testable import Pods

@Suite("Host ports")
struct HostPortsTests {
    private let a = podKey("a")
    private let b = podKey("b")
    private let c = podKey("c")

    private func port(_ number: Int, _ address: String = "", _ transport: TransportProtocol = .tcp) -> PublishedPort {
        PublishedPort(hostIP: address, hostPort: number, containerPort: 80, transport: transport)
    }

    @Test(
        "clash when number, protocol and address meet",
        arguments: [
            ("", "", TransportProtocol.tcp, true), ("127.0.0.1", "127.0.0.1", .tcp, true), ("", "10.0.0.1", .tcp, true),
            ("10.0.0.1", "0.0.0.0", .tcp, true), ("10.0.0.1", "10.0.0.2", .tcp, false), ("", "", .udp, false),
        ])
    func clash(_ first: String, _ second: String, _ transport: TransportProtocol, _ clashes: Bool) {
        var ports = HostPorts()
        ports.claim([port(80, first)], for: a)
        ports.claim([port(80, second, transport)], for: b)
        #expect((ports.conflict(of: b) != nil) == clashes)
        #expect(ports.conflict(of: a) == nil)
    }

    @Test("go to who waited longest when they become free")
    func order() {
        var ports = HostPorts()
        ports.claim([port(80)], for: a)
        ports.claim([port(80)], for: b)
        ports.claim([port(80)], for: c)
        #expect(ports.conflict(of: b)?.holder == a)
        #expect(ports.release(a) == [b])
        #expect(ports.conflict(of: c)?.holder == b)
        #expect(ports.conflict(of: c)?.obstacle.message == "host port 80/TCP is held by Pod default/b")
    }

    @Test("are swapped by pods that change together, and nobody takes what one of them still asks for")
    func swap() {
        var ports = HostPorts()
        ports.claim([port(80), port(90)], for: a)
        ports.claim([port(81)], for: b)
        ports.claim([(b, [port(80), port(90)]), (a, [port(81), port(90)])])
        #expect(ports.conflict(of: b)?.holder == a, "which asks for 90 still")
        #expect(ports.conflict(of: a)?.holder == b, "which has 81 back")
        ports.claim([(b, [port(80)]), (a, [port(81), port(90)])])
        #expect(ports.waiting.isEmpty)
        #expect(ports.release(a) == [])
        ports.claim([port(80)], for: c)
        #expect(ports.conflict(of: c)?.holder == b)
    }

    @Test("are given up by who no longer asks for them, and kept by who asks for one too many")
    func change() {
        var ports = HostPorts()
        ports.claim([port(80)], for: a)
        ports.claim([port(81)], for: b)
        ports.claim([port(80), port(81)], for: b)
        #expect(ports.conflict(of: b)?.port == port(80))
        ports.claim([port(81)], for: c)
        #expect(ports.conflict(of: c)?.holder == b, "b keeps what it had")
        ports.claim([], for: a)
        #expect(ports.grant() == [b])
        #expect(ports.release(b) == [c])
    }
}

@Suite("The image rule")
struct ImageRuleTests {
    private static let now: Duration = .seconds(100)
    private static let setback = Setback(reason: "ErrImagePull", message: "no", count: 1, until: .seconds(110))
    private static let idle = ContainerMemory.Image()
    private static let absent = ContainerMemory.Image(isAbsent: true)
    private static let fetched = ContainerMemory.Image(phase: .fetched)
    private static let fetching = ContainerMemory.Image(phase: .fetching)
    private static let failed = ContainerMemory.Image(phase: .failed, setback: setback)
    private static let failedAbsent = ContainerMemory.Image(phase: .failed, isAbsent: true, setback: setback)

    @Test(
        "decides by policy, tag and what is known",
        arguments: [
            ("img", ImagePullPolicy.ifNotPresent, idle, ImageRule.Step.run),
            ("img:latest", .ifNotPresent, idle, .fetch), ("img", .always, idle, .fetch), ("img", .never, idle, .run),
            ("img", .ifNotPresent, absent, .fetch), ("img", .never, absent, .run), ("img", .always, fetched, .run),
            ("img:latest", .ifNotPresent, fetched, .run), ("img", .always, fetching, .wait),
            ("img", .always, failed, .backOff(setback)), ("img:latest", .ifNotPresent, failed, .run),
            ("img:latest", .ifNotPresent, failedAbsent, .backOff(setback)),
            ("img", .ifNotPresent, failedAbsent, .backOff(setback)),
        ])
    func step(_ image: String, _ policy: ImagePullPolicy, _ memory: ContainerMemory.Image, _ step: ImageRule.Step) {
        #expect(ImageRule.step(image: image, policy: policy, memory: memory, now: Self.now) == step)
    }

    @Test("tries again when the back-off is over")
    func retry() {
        #expect(ImageRule.step(image: "img", policy: .always, memory: Self.failed, now: .seconds(110)) == .fetch)
    }

    @Test(
        "knows a literal latest",
        arguments: [
            ("img:latest", true), ("host:5000/img:latest", true), ("img", false), ("host:5000/img", false),
            ("img:1", false), ("latest", false), ("img:latest@sha256:0123", false), ("a/b:latest", true),
        ])
    func latest(_ image: String, _ isLatest: Bool) {
        #expect(ImageRule.isLatest(image) == isLatest)
    }
}

@Suite("A container's environment")
struct ContainerEnvironmentTests {
    private func variable(_ name: String, _ value: String) -> EnvVar { EnvVar(name: name, value: value) }

    @Test("has no name twice: of its own the last wins, over a service's its own")
    func precedence() {
        let result = ContainerEnvironment(
            own: [variable("A", "1"), variable("B", "2"), variable("A", "3")],
            services: [variable("B", "s"), variable("C", "s")], limit: 1000)
        #expect(result.variables == [variable("B", "2"), variable("A", "3"), variable("C", "s")])
        #expect(result.omitted == 0)
    }

    @Test("has of two services' variables of one name the first, which takes no room twice")
    func twoServices() {
        let services = [variable("S", "first"), variable("S", "second"), variable("T", "t")]
        let result = ContainerEnvironment(own: [], services: services, limit: 12)
        #expect(result.variables == [variable("S", "first"), variable("T", "t")])
        #expect(result.omitted == 0)
    }

    @Test("leaves out services' variables there is no room for, and counts them")
    func bound() {
        let services = (0..<10).map { variable("S\($0)", "12345678") }
        let result = ContainerEnvironment(own: [variable("A", "1")], services: services, limit: 36)
        #expect(result.variables.count == 4)
        #expect(result.omitted == 7)
    }
}

@Suite("A container's spec")
struct PodBlueprintTests {
    private let site = ContainerSite(owner: "o", networkImage: "pause", podsFolder: "/pods", log: .files)

    @Test("has the mounts of its volumes, in order; one without volume is none")
    func binds() {
        let container = Container(
            name: "app", image: "img",
            volumeMounts: [
                VolumeMount(name: "host", readOnly: true, mountPath: "/h"), VolumeMount(name: "data", mountPath: "/d"),
                VolumeMount(name: "nowhere", mountPath: "/n"),
            ])
        let pod = makePod(
            volumes: [
                Volume(name: "data", source: .emptyDir), Volume(name: "host", source: .hostDir(path: "/srv")),
            ], containers: [container])
        let spec = PodBlueprint(pod).spec(of: container, attempt: 2, network: "n", environment: [], site: site)
        let folder = ContainerNames.folder(of: PodIncarnation(key: podKey(), uid: "u1"))
        let data = "/pods/\(folder)/volumes/data"
        #expect(
            spec.binds == [
                Bind(source: "/srv", target: "/h", readOnly: true), Bind(source: data, target: "/d"),
            ])
        #expect(spec.labels.attempt == 2)
        #expect(spec.network == .shared(with: "n"))
    }

    @Test(
        "has shares for milli-cores within the kernel's bounds, none where none were asked for",
        arguments: [0: 0, 1: 2, 2: 2, 100: 102, 1000: 1024, 1_000_000_000: 262_144, Int64.max: 262_144]
            as [Int64: Int64])
    func shares(_ cpu: Int64, _ shares: Int64) {
        let container = Container(name: "app", image: "img", cpu: cpu)
        let blueprint = PodBlueprint(makePod(containers: [container]))
        let spec = blueprint.spec(of: container, attempt: 0, network: "n", environment: [], site: site)
        #expect((spec.cpuShares ?? 0) == shares)
    }

    @Test("of the network publishes the host ports of all containers and no others")
    func ports() {
        let pod = makePod(containers: [
            Container(
                name: "a", image: "img",
                ports: [
                    ContainerPort(hostPort: 53, containerPort: 5353, transport: .udp, hostIP: "10.0.0.1"),
                    ContainerPort(containerPort: 80),
                ]), Container(name: "b", image: "img", ports: [ContainerPort(hostPort: 81, containerPort: 81)]),
        ])
        #expect(
            PodBlueprint(pod).networkSpec(attempt: 0, site: site).network
                == .own(
                    hostname: "web",
                    ports: [
                        PublishedPort(hostIP: "10.0.0.1", hostPort: 53, containerPort: 5353, transport: .udp),
                        PublishedPort(hostPort: 81, containerPort: 81),
                    ]))
    }
}

@Suite("A back-off")
struct BackOffTests {
    @Test("doubles up to its bound, whatever the number")
    func doubling() {
        let wait = BackOff(first: .seconds(1), longest: .seconds(60))
        let waits = [0, 1, 2, 3, 6, 7, 1000, Int.max].map { wait.delay(after: $0) }
        #expect(waits == [0, 1, 2, 4, 32, 60, 60, 60].map { Duration.seconds($0) })
    }
}

@Suite("The gate of calls")
struct CallGateTests {
    @Test("lets so many in, the others in order, and knows the oldest")
    func bound() async throws {
        let clock = ManualClock()
        let gate = CallGate(limit: 2, patience: .seconds(10), time: MonotonicTime(clock))
        let (first, open) = AsyncStream<Never>.makeStream()
        let holder = Task { await gate.run("first") { for await _ in first {} } }
        try await eventually("the first call") { gate.oldest?.what == "first" }
        clock.advance(by: .seconds(5))
        #expect(await gate.run("second") { gate.oldest?.what } == "first")
        #expect(gate.oldest?.since == .zero)
        open.finish()
        await holder.value
        #expect(gate.oldest == nil)
    }

    @Test("lets the next in when a call that hangs has had its time, and still tells of it")
    func impatience() async throws {
        let clock = ManualClock()
        let gate = CallGate(limit: 1, patience: .seconds(10), time: MonotonicTime(clock))
        let (stuck, open) = AsyncStream<Never>.makeStream()
        let inside = Counter()
        let holder = Task { await gate.run("stuck") { for await _ in stuck {} } }
        try await eventually("the call that hangs") { gate.oldest?.what == "stuck" }
        clock.advance(by: .seconds(4))
        let through = Counter()
        for number in 0..<2 {
            Task {
                await gate.run("late \(number)") {
                    inside.enter()
                    await Task.yield()
                    inside.leave()
                }
                through.enter()
            }
        }
        try await eventually("somebody who looks after those who wait") { clock.sleeperCount == 1 }
        #expect(clock.nextDeadline?.offset == .seconds(10))
        #expect(inside.most == 0)
        clock.advance(by: .seconds(6))
        try await eventually("the others are through") { through.most == 2 }
        #expect(inside.most == 1, "one place was given on, not two")
        #expect(gate.oldest?.what == "stuck")
        open.finish()
        await holder.value
        #expect(gate.oldest == nil)
    }

    @Test("never lets in one too many")
    func limit() async throws {
        let gate = CallGate(limit: 3, patience: .seconds(10), time: MonotonicTime(ManualClock()))
        let inside = Counter()
        await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    await gate.run("call") {
                        inside.enter()
                        await Task.yield()
                        inside.leave()
                    }
                }
            }
        }
        #expect(inside.most == 3)
    }
}
