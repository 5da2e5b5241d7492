import ClusterModel
import Machine
import NodeKit
import Testing

@testable import Pods

@Suite("The pod network in docker's words")
struct PodNetworkWordsTests {
    private let runner = ScriptedRunner()
    private let subnet: IPv4Network
    private let words = [
        "network", "create", "--driver", "bridge", "--subnet", "10.244.1.0/24", "--opt",
        "com.docker.network.bridge.enable_ip_masquerade=false", "--opt", "com.docker.network.bridge.name=minion0",
    ]
    private let open = ["--opt", "com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected"]
    private let name = ["--label", "minion.owner=me", "minion"]

    init() throws { subnet = try #require(IPv4Network("10.244.1.0/24")) }

    private var runtime: DockerRuntime {
        DockerRuntime(runner: runner, command: "docker", owner: "me", pauseImageFile: "/pause.tar")
    }

    /// A network as docker 20.10 prints it, less what nobody reads.
    private func network(
        owner: String? = "me", subnet: String = "10.244.1.0/24", bridge: String = "minion0", mode: String? = nil
    ) -> ScriptedRunner.Outcome {
        let gateway = mode.map { #""com.docker.network.bridge.gateway_mode_ipv4":"\#($0)","# } ?? ""
        let labels = owner.map { #"{"minion.owner":"\#($0)"}"# } ?? "{}"
        return .prints(
            #"{"Name":"minion","Id":"f00","Driver":"bridge","IPAM":{"Driver":"default","Options":{},"#
                + #""Config":[{"Subnet":"\#(subnet)"}]},"Options":{\#(gateway)"com.docker.network.bridge.name":"\#(bridge)","#
                + #""com.docker.network.bridge.enable_ip_masquerade":"false"},"Labels":\#(labels)}"# + "\n")
    }

    private func refuses(_ words: String) -> ScriptedRunner.Outcome {
        .exits(1, "Error response from daemon: \(words)\n")
    }

    private let absent = "network minion not found"

    private var made: [[String]] { runner.commands.map(\.arguments).filter { $0.starts(with: ["network", "create"]) } }

    @Test("a network that is as it should be costs one look")
    func asWanted() async throws {
        runner.on("docker", "network", "inspect", play: network())
        try await runtime.prepare(subnet)
        #expect(runner.commands.count == 1)
    }

    @Test("one that is not there is made, and left open by an engine that would close it")
    func absentNetwork() async throws {
        runner.on("docker", "network", "inspect", play: refuses(absent))
        runner.on("docker", "network", "create", play: .prints("f00\n"))
        try await runtime.prepare(subnet)
        #expect(made == [words + open + name])
    }

    @Test("an engine that does not know the gateway mode is not asked for it again")
    func olderEngine() async throws {
        runner.on("docker", "network", "inspect", play: refuses(absent))
        runner.on("docker", "network", "create", play: .prints("f00\n"))
        runner.on(play: refuses("unknown gateway mode nat-unprotected")) { $0.arguments.contains(open[1]) }
        try await runtime.prepare(subnet)
        #expect(made == [words + open + name, words + name])
    }

    @Test("one of ours that is otherwise is removed by its id and made anew", arguments: ["10.244.9.0/24", "bridge"])
    func otherwise(_ difference: String) async throws {
        let former = difference == "bridge" ? network(bridge: "minion1") : network(subnet: difference)
        runner.on("docker", "network", "inspect", play: former)
        runner.on("docker", "network", "rm", "f00", play: .prints("f00\n"))
        runner.on("docker", "network", "create", play: .prints("f01\n"))
        try await runtime.prepare(subnet)
        #expect(made == [words + open + name])
    }

    @Test("one of ours that is otherwise and in use stays", arguments: [RuntimeError.Code.networkInUse])
    func inUse(_ code: RuntimeError.Code) async throws {
        runner.on("docker", "network", "inspect", play: network(subnet: "10.244.9.0/24"))
        let words = "error while removing network: network minion id f00 has active endpoints"
        runner.on("docker", "network", "rm", "f00", play: refuses(words))
        await #expect(throws: RuntimeError(code, words)) { try await runtime.prepare(subnet) }
        #expect(made == [])
    }

    @Test(
        "one that this docker closes to other machines is warned of, with what to do",
        arguments: [
            ("28.0.1", nil, true), ("29.1", nil, true), ("28.0.1", "nat", true), ("28.0.1", "nat-unprotected", false),
            ("27.5.1", nil, false), ("20.10.24+dfsg1", nil, false), ("", nil, false), ("dev", nil, false),
        ])
    func closedGateway(_ version: String, _ mode: String?, isWarning: Bool) async throws {
        runner.on("docker", "network", "inspect", play: network(mode: mode))
        runner.on("docker", "version", play: .prints(version + "\n"))
        let warning = try await runtime.networkWarning()
        #expect((warning != nil) == isWarning)
        if let warning {
            #expect(warning.hasPrefix("docker \(version) drops ") && warning.contains("docker network rm minion"))
        }
        #expect(runner.commands.contains { $0.arguments.contains("version") } == (mode != "nat-unprotected"))
    }

    @Test("one that is not there is no reason to warn")
    func absentGateway() async throws {
        runner.on("docker", "network", "inspect", play: refuses(absent))
        #expect(try await runtime.networkWarning() == nil)
    }

    @Test("a stranger's is named and not touched", arguments: [nil, "another"])
    func stranger(_ owner: String?) async throws {
        runner.on("docker", "network", "inspect", play: network(owner: owner))
        let error = await #expect(throws: RuntimeError.self) { try await runtime.prepare(subnet) }
        #expect(error?.code == .networkConflict)
        #expect(error?.message.contains("docker network rm minion") == true)
        #expect(runner.commands.count == 1)
    }

    @Test(
        "addresses that another network has are a conflict",
        arguments: [
            "Pool overlaps with other one on this address space",
            "cannot create network f00 (minion0): conflicts with network f02 (br-x): networks have overlapping IPv4",
        ])
    func overlap(_ words: String) async throws {
        runner.on("docker", "network", "inspect", play: refuses(absent))
        runner.on("docker", "network", "create", play: refuses(words))
        let error = await #expect(throws: RuntimeError.self) { try await runtime.prepare(subnet) }
        #expect(error?.code == .networkConflict)
        #expect(error?.message.contains("10.244.1.0/24 cannot be made: \(words)") == true)
    }

    @Test(
        "another engine's network is a refusal, and what is no network is the engine's trouble",
        arguments: [
            (#"{"name":"minion","id":"f00","driver":"bridge","subnets":[{"subnet":"10.244.1.0/24"}]}"#, true),
            (#"{"Id":1}"#, true), (#"{"Id":null}"#, true), (#"{"Id":"f0"#, false), ("", false),
        ])
    func otherWords(_ output: String, isJSON: Bool) async throws {
        runner.on("docker", "network", "inspect", play: .prints(output + "\n"))
        let error = await #expect(throws: RuntimeError.self) { try await runtime.prepare(subnet) }
        #expect(error?.code == (isJSON ? .refused : .unreadable))
        #expect(error?.message.contains("set podNetwork to docker") == isJSON)
    }

    @Test("a container joins it by its name")
    func join() {
        let labels = ContainerLabels(
            pod: "web", namespace: "default", uid: "u", container: "net", hash: "h", source: "master", attempt: 0)
        let spec = ContainerSpec(
            name: "n", labels: labels, image: "i", network: .own(hostname: "web", ports: [], subnet: subnet),
            log: .files)
        let words = DockerArguments(owner: "me").run(spec).words
        #expect(words.suffix(6) == ["--network", "minion", "--hostname", "web", "--", "i"])
    }
}
