import APIClient
import ClusterModel

/// `run IMAGE COUNT NAME`: a controller of pods with one container, and with `-s` a service in front of them.
struct Run: Command {
    let image: String
    let count: Int
    let name: String

    /// What pods, controller and service are labelled with; its value is the name.
    private static let label = "simpleService"

    init(_ words: [String]) throws(Fatal) {
        guard words.count == 4 else { throw Fatal("usage: kubecfg [OPTIONS] run <image> <replicas> <controller>") }
        image = words[1]
        count = try Controller.replicas(words[2])
        name = words[3]
    }

    func run(_ context: Context) async throws {
        let servicePort = context.options.servicePort
        guard servicePort <= 0 || TextFormat.dnsLabel.accepts(name) else {
            throw Fatal(
                "Error: Service creation requested, but an invalid name for a service was provided (\(name)). "
                    + "Service names must be valid DNS labels.")
        }
        let ports = try PortSpec.ports(context.options.ports)
        try await context.withController { session in
            let controller = try await session.client.create(
                controller(ports), in: .replicationControllers, namespace: session.namespace)
            context.showYAML(controller)
            guard servicePort > 0 else { return }
            let service = try await session.client.create(
                service(servicePort), in: .services, namespace: session.namespace)
            context.showYAML(service)
        }
    }

    private var labels: JSONValue { [Self.label: .string(name)] }

    private func controller(_ ports: [PortSpec]) -> JSONObject {
        var container: JSONObject = ["name": .string(name.lowercased()), "image": .string(image)]
        if !ports.isEmpty { container["ports"] = .array(ports.map { .object($0.json) }) }
        let manifest: JSONValue = ["version": "v1beta2", "containers": [.object(container)]]
        return [
            "kind": "ReplicationController", "id": .string(name), "apiVersion": "v1beta1",
            "desiredState": [
                "replicas": .int(Int64(count)), "replicaSelector": labels,
                "podTemplate": ["desiredState": ["manifest": manifest], "labels": labels],
            ],
        ]
    }

    private func service(_ port: Int) -> JSONObject {
        [
            "kind": "Service", "id": .string(name), "apiVersion": "v1beta1", "port": .int(Int64(port)),
            "labels": labels, "selector": labels,
        ]
    }
}

/// One port of `-p`.
struct PortSpec: Equatable {
    /// 0 where the host gives none.
    var host: Int
    var container: Int

    /// Reads `8080:80,443`; nothing is no ports. Throws for a word that is no number, too many colons and a container's port
    /// below 1; how great a port may be is the server's to say.
    static func ports(_ text: String) throws(Fatal) -> [PortSpec] {
        var ports: [PortSpec] = []
        guard !text.isEmpty else { return ports }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: ":", omittingEmptySubsequences: false)
            var numbers: [Int] = []
            do {
                if words.count <= 2 { for word in words { numbers.append(try GoStrconv.number(String(word))) } }
            } catch {
                throw Fatal("Error: \(error.message)")
            }
            guard let container = numbers.last, container >= 1 else { throw Fatal("Error: Bad port spec: \(part)") }
            ports.append(PortSpec(host: numbers.count == 2 ? numbers[0] : 0, container: container))
        }
        return ports
    }

    var json: JSONObject {
        var port: JSONObject = ["containerPort": .int(Int64(container))]
        if host != 0 { port["hostPort"] = .int(Int64(host)) }
        return port
    }
}
