import ClusterModel

/// What a wanted pod asks of the engine: the hashes its containers are compared by, and their specs when one is started.
struct PodBlueprint {
    let desired: DesiredPod
    let network: PodNetwork
    var incarnation: PodIncarnation { PodIncarnation(key: desired.pod.key, uid: desired.uid) }
    /// By container name, the network container's among them.
    let hashes: [String: String]

    init(_ desired: DesiredPod, network: PodNetwork = .engineDefault) {
        self.desired = desired
        self.network = network
        let manifest = desired.pod.manifest
        var hashes = [
            ContainerLabels.network: ContainerHash.ofNetwork(
                hostname: ContainerNames.hostname(desired.pod.meta.name), ports: Self.publishedPorts(manifest),
                subnet: network.subnet)
        ]
        for container in manifest.containers { hashes[container.name] = ContainerHash.of(container, in: manifest) }
        self.hashes = hashes
    }

    /// The ports of all containers that are published on the node, in the order of the manifest.
    static func publishedPorts(_ manifest: ContainerManifest) -> [PublishedPort] {
        manifest.containers.flatMap(\.ports).filter { $0.hostPort != 0 }.map { port in
            PublishedPort(
                hostIP: port.hostIP, hostPort: port.hostPort, containerPort: port.containerPort,
                transport: port.transport)
        }
    }

    /// The names of the `emptyDir` volumes.
    var emptyDirectories: [String] {
        desired.pod.manifest.volumes.filter { $0.source == .emptyDir }.map(\.name)
    }

    /// The labels of an instance.
    func labels(of container: String, attempt: Int) -> ContainerLabels {
        ContainerLabels(
            pod: desired.pod.meta.name, namespace: desired.pod.meta.namespace, uid: desired.uid, container: container,
            hash: hashes[container] ?? "", source: desired.source, attempt: attempt)
    }

    /// The network container.
    func networkSpec(attempt: Int, site: ContainerSite) -> ContainerSpec {
        let labels = labels(of: ContainerLabels.network, attempt: attempt)
        return ContainerSpec(
            name: ContainerNames.container(labels, owner: site.owner), labels: labels, image: site.networkImage,
            network: .own(
                hostname: ContainerNames.hostname(desired.pod.meta.name),
                ports: Self.publishedPorts(desired.pod.manifest), subnet: self.network.subnet),
            log: site.log)
    }

    /// A container of the manifest, joined to the network of the container called `network`.
    func spec(
        of container: Container, attempt: Int, network: String, environment: [EnvVar], site: ContainerSite
    ) -> ContainerSpec {
        let labels = labels(of: container.name, attempt: attempt)
        return ContainerSpec(
            name: ContainerNames.container(labels, owner: site.owner), labels: labels, image: container.image,
            arguments: container.command, workingDirectory: container.workingDir, environment: environment,
            memory: container.memory, cpuShares: Self.shares(container.cpu), privileged: container.privileged,
            binds: binds(of: container, site: site), network: .shared(with: network), log: site.log)
    }

    private func binds(of container: Container, site: ContainerSite) -> [Bind] {
        container.volumeMounts.compactMap { mount in
            let volume = desired.pod.manifest.volumes.first { $0.name == mount.name }
            let source: String? =
                switch volume?.source {
                case .emptyDir: site.volume(mount.name, of: incarnation)
                case .hostDir(let path): path
                case .persistentDisk, .gitRepo, nil: nil
                }
            return source.map { Bind(source: $0, target: mount.mountPath, readOnly: mount.readOnly) }
        }
    }

    /// Of 1,024 for a core (reference §2.6). The kernel's own bounds are 2 and 262,144.
    private static func shares(_ milliCores: Int64) -> Int64? {
        guard milliCores > 0 else { return nil }
        let (product, overflows) = milliCores.multipliedReportingOverflow(by: 1024)
        return overflows ? 262_144 : min(262_144, max(2, product / 1000))
    }
}

/// One life of a pod's name.
struct PodIncarnation: Hashable {
    var key: ObjectKey
    var uid: String
}

/// What is the same for all pods of a node.
struct ContainerSite {
    let owner: String
    let networkImage: String
    let podsFolder: String
    let log: ContainerSpec.Log

    /// The folder of an `emptyDir`.
    func volume(_ name: String, of pod: PodIncarnation) -> String {
        "\(podsFolder)/\(ContainerNames.folder(of: pod))/volumes/\(name)"
    }
}

/// The variables a container is started with: the pod's own and those of the services (reference §4). The one place where
/// names are kept apart and the sum is bounded. O(variables).
struct ContainerEnvironment {
    /// No name twice. The pod's own variables win over a service's of the same name: the user wrote them down. Of two
    /// services' the first wins, and the first are those that find room.
    let variables: [EnvVar]
    /// Variables of services that were left out because there is no room for them.
    let omitted: Int

    init(own: [EnvVar], services: [EnvVar], limit: Int) {
        var last: [String: Int] = [:]
        for (index, variable) in own.enumerated() { last[variable.name] = index }
        var result = own.enumerated().filter { last[$0.element.name] == $0.offset }.map(\.element)
        var names = Set(last.keys)
        var room = limit
        var omitted = 0
        for variable in services where names.insert(variable.name).inserted {
            let size = variable.name.utf8.count + variable.value.utf8.count + 2
            guard size <= room else {
                omitted += 1
                continue
            }
            room -= size
            result.append(variable)
        }
        variables = result
        self.omitted = omitted
    }
}
