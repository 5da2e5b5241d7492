import ClusterModel
import FoundationEssentials

/// The pod network as docker is told of it and tells of it. Pure.
enum PodNetworkWords {
    /// What docker calls it. A network of this name that does not carry our mark is somebody else's.
    static let name = "minion"
    /// The bridge, as the kernel calls it.
    static let bridge = "minion0"

    /// Only what a network of ours is compared by. The agent masquerades itself: docker would hide a pod's address from the
    /// pods of other nodes too.
    private static let options = [
        "com.docker.network.bridge.name": bridge, "com.docker.network.bridge.enable_ip_masquerade": "false",
    ]

    /// Docker 28 and later drop what comes from another machine to the address of a container, in tables before ours, unless
    /// the network is in this mode. Versions before 27 ignore the option, 27 refuses it.
    static let gatewayMode = (key: "com.docker.network.bridge.gateway_mode_ipv4", open: "nat-unprotected")
    private static let openGateway = "\(gatewayMode.key)=\(gatewayMode.open)"
    /// The first version that closes a network without that mode.
    private static let closingVersion = 28

    static let engineVersion = ["version", "--format", "{{.Server.Version}}"]

    static let inspect = ["network", "inspect", "--format", "{{json .}}", name]

    static func remove(_ id: String) -> [String] { ["network", "rm", id] }

    /// - Parameter isOpen: whether the gateway mode is asked for.
    static func create(_ subnet: IPv4Network, owner: String, isOpen: Bool) -> [String] {
        let options = options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + (isOpen ? [openGateway] : [])
        return ["network", "create", "--driver", "bridge", "--subnet", subnet.description]
            + options.flatMap { ["--opt", $0] } + ["--label", "\(DockerLabels.owner)=\(owner)", name]
    }

    /// What is wrong with a network of ours on an engine of this version; `nil` where nothing is, or the version says nothing.
    static func gatewayWarning(_ network: FoundNetwork, engine: String) -> String? {
        let version = engine.prefix { !$0.isNewline }
        guard !network.hasOpenGateway, let major = Int(version.prefix { $0 != "." }), major >= closingVersion else {
            return nil
        }
        return
            "docker \(version) drops what other machines send to the pods: its network \(name) was made by an older docker, without "
            + "the gateway mode \(gatewayMode.open). To have it made anew, and the pods of this node with it: systemctl stop miniond; "
            + "docker rm --force $(docker ps --all --quiet --filter network=\(name)); docker network rm \(name); "
            + "systemctl start miniond"
    }

    /// Whether docker refused the gateway mode and nothing else.
    static func isUnknownGatewayMode(_ message: String) -> Bool { message.contains("gateway mode") }

    /// The network called `name`, read from one line.
    /// - Throws: `unreadable`; `refused` for a network in words other than docker's, as podman's.
    static func found(_ output: [UInt8]) throws(RuntimeError) -> FoundNetwork {
        do {
            return try JSONDecoder().decode(FoundNetwork.self, from: Data(output))
        } catch DecodingError.keyNotFound, DecodingError.typeMismatch, DecodingError.valueNotFound {
            throw RuntimeError(.refused, "this engine's networks are not understood: set podNetwork to docker")
        } catch {
            let start = String(decoding: output.prefix(120), as: UTF8.self)
            throw RuntimeError(.unreadable, "docker printed what is no network: \(start)")
        }
    }

    /// Whether the network is as `create` makes it.
    static func isAsWanted(_ network: FoundNetwork, _ subnet: IPv4Network) -> Bool {
        network.driver == "bridge" && network.subnets == [subnet.description]
            && options.allSatisfy { network.options?[$0.key] == $0.value }
    }
}

/// A network as docker tells of it.
struct FoundNetwork: Decodable, Equatable {
    struct Addresses: Decodable, Equatable {
        struct Range: Decodable, Equatable {
            var subnet: String?

            enum CodingKeys: String, CodingKey { case subnet = "Subnet" }
        }

        var ranges: [Range]?

        enum CodingKeys: String, CodingKey { case ranges = "Config" }
    }

    var id: String
    var driver: String
    var labels: [String: String]?
    var options: [String: String]?
    var addresses: Addresses

    /// Whose mark it carries.
    var owner: String? { labels?[DockerLabels.owner] }
    /// Whether docker lets other machines reach its containers, in every version that asks.
    var hasOpenGateway: Bool { options?[PodNetworkWords.gatewayMode.key] == PodNetworkWords.gatewayMode.open }
    var subnets: [String?] { (addresses.ranges ?? []).map(\.subnet) }

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case driver = "Driver"
        case labels = "Labels"
        case options = "Options"
        case addresses = "IPAM"
    }
}
