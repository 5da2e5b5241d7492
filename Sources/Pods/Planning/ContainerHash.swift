import ClusterModel

/// FNV-1a, 64 bits: short, stable for ever, and enough to tell a changed spec from an unchanged one. It guards against
/// accidents, not against attackers, who could as well push the spec they want.
struct FNV1a {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ text: String) {
        for byte in text.utf8 {
            value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
    }

    /// 16 hex digits.
    var hex: String { Self.padded(String(value, radix: 16), to: 16) }

    /// 8 hex digits: both halves folded into one.
    var shortHex: String { Self.padded(String(UInt32(truncatingIfNeeded: value ^ (value >> 32)), radix: 16), to: 8) }

    private static func padded(_ digits: String, to width: Int) -> String {
        String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// What a container is made from, as a word: two specs with one hash need no new container.
///
/// It is taken over canonical JSON with the members in a fixed order and everything that has its default left out, so that
/// a member added in a later version changes the hash only of the containers that use it: an upgrade of the agent replaces
/// nothing (reference §9, trap 2). What the engine is not told, or what may differ between two starts of one spec, is
/// not in it: probes, pull policy, restart policy, ports without a host port, the variables of services.
enum ContainerHash {
    /// The hash of a container of `manifest`, with the paths its mounts lead to.
    static func of(_ container: Container, in manifest: ContainerManifest) -> String {
        FNV1a(JSONValue.object(canonical(container, manifest)).text).hex
    }

    /// The hash of a pod's network container. The image is not in it: a new one with a new version of the agent would
    /// rebuild every pod of the node. The subnet is, so that a pod in another network than the wanted one is rebuilt; without
    /// one the hash is that of versions that knew none.
    static func ofNetwork(hostname: String, ports: [PublishedPort], subnet: IPv4Network? = nil) -> String {
        var object = JSONObject()
        object.append("hostname", .string(hostname))
        let published = ports.map { port in
            "\(port.hostIP):\(port.hostPort):\(port.containerPort)/\(port.transport.rawValue)"
        }
        object.append(strings: "ports", published)
        if let subnet { object.append("subnet", .string(subnet.description)) }
        return FNV1a(JSONValue.object(object).text).hex
    }

    private static func canonical(_ container: Container, _ manifest: ContainerManifest) -> JSONObject {
        var object = JSONObject()
        object.append("name", .string(container.name))
        object.append("image", .string(container.image))
        object.append(strings: "command", container.command)
        if !container.workingDir.isEmpty { object.append("workingDir", .string(container.workingDir)) }
        object.append(strings: "env", container.env.map { "\($0.name)=\($0.value)" })
        if container.memory != 0 { object.append("memory", .int(container.memory)) }
        if container.cpu != 0 { object.append("cpu", .int(container.cpu)) }
        object.append(
            strings: "mounts",
            container.volumeMounts.map { mount in
                let place = manifest.volumes.first { $0.name == mount.name }?.source.canonicalPlace ?? "none"
                return "\(mount.mountPath):\(mount.readOnly ? "ro" : "rw"):\(mount.name):\(place)"
            })
        if container.privileged { object.append("privileged", .bool(true)) }
        return object
    }
}

extension JSONObject {
    fileprivate mutating func append(strings key: String, _ values: [String]) {
        if !values.isEmpty { append(key, .array(values.map(JSONValue.string))) }
    }
}

extension Volume.Source {
    fileprivate var canonicalPlace: String {
        switch self {
        case .emptyDir: "emptyDir"
        case .hostDir(let path): "hostDir:\(path)"
        case .persistentDisk(let pdName, _, _, _): "persistentDisk:\(pdName)"
        case .gitRepo(let repository, let revision): "gitRepo:\(repository)@\(revision)"
        }
    }
}
