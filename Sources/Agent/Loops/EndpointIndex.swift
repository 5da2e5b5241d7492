import ClusterModel
import Proxy

/// Which backends answer for each service. A service whose `Endpoints` object was pushed is answered by exactly what it
/// lists; any other by this node's own running pods that its selector matches, so that one node alone tells the whole
/// story. A change costs what it touches: services are found from a pod, and pods from a service, through their labels.
struct EndpointIndex {
    /// One label of one namespace.
    private struct Label: Hashable {
        var namespace: String
        var key: String
        var value: String

        /// What every pod of `namespace` counts as carrying.
        static func every(in namespace: String) -> Label { Label(namespace: namespace, key: "", value: "") }
    }

    /// A pod as far as services care.
    private struct Candidate {
        var pod: Pod
        /// `nil` while the pod has no address or nothing in it runs.
        var address: UInt32?
    }

    private var services: [ObjectKey: Service] = [:]
    private var pushed: [ObjectKey: [Backend]] = [:]
    private var pods: [ObjectKey: Candidate] = [:]
    private var podsByLabel: [Label: Set<ObjectKey>] = [:]
    private var servicesByAnchor: [Label: Set<ObjectKey>] = [:]

    /// Every service known, for the environment of new containers.
    var allServices: some Collection<Service> { services.values }

    /// The service called `key`.
    func service(_ key: ObjectKey) -> Service? { services[key] }

    /// Where `key` is answered, in a stable order.
    func backends(of key: ObjectKey) -> [Backend] {
        guard let service = services[key] else { return [] }
        if let pushed = pushed[key] { return pushed }
        return (podsByLabel[anchor(of: service)] ?? []).sorted().compactMap { podKey in
            guard let candidate = pods[podKey], let address = candidate.address,
                service.matches(candidate.pod.labels), let port = service.targetPort(in: candidate.pod)
            else { return nil }
            return UInt16(exactly: port).map { Backend(address: address, port: $0) }
        }
    }

    mutating func set(service: Service?, for key: ObjectKey) {
        if let old = services[key] {
            let anchor = anchor(of: old)
            servicesByAnchor[anchor]?.remove(key)
            if servicesByAnchor[anchor]?.isEmpty == true { servicesByAnchor[anchor] = nil }
        }
        services[key] = service
        if let service { servicesByAnchor[anchor(of: service), default: []].insert(key) }
    }

    /// Takes pushed endpoints (`nil`: none are pushed any more).
    /// - Returns: the service they belong to, if it is known.
    mutating func set(endpoints: Endpoints?, for key: ObjectKey) -> ObjectKey? {
        let serviceKey = ObjectKey(kind: .service, namespace: key.namespace, name: key.name)
        pushed[serviceKey] = endpoints.map { $0.endpoints.compactMap(Self.backend) }
        return services[serviceKey] == nil ? nil : serviceKey
    }

    /// Takes a pod as wanted and seen; `nil` when it is gone.
    /// - Returns: the services whose backends may have changed.
    mutating func set(pod: Pod?, state: PodState?, for key: ObjectKey) -> Set<ObjectKey> {
        let before = pods[key]
        var candidate: Candidate?
        if let pod {
            let isRunning = state?.status == .running
            candidate = Candidate(pod: pod, address: isRunning ? IPv4Address(state?.podIP ?? "")?.value : nil)
        }
        if before?.address == candidate?.address, before?.pod == candidate?.pod { return [] }
        for label in labels(of: before?.pod) {
            podsByLabel[label]?.remove(key)
            if podsByLabel[label]?.isEmpty == true { podsByLabel[label] = nil }
        }
        for label in labels(of: pod) { podsByLabel[label, default: []].insert(key) }
        pods[key] = candidate
        let touched = Set(labels(of: before?.pod) + labels(of: pod)).flatMap { servicesByAnchor[$0] ?? [] }
        return Set(touched.filter { pushed[$0] == nil })
    }

    /// The pod as it is wanted, where it is known.
    func pod(_ key: ObjectKey) -> Pod? { pods[key]?.pod }

    private func labels(of pod: Pod?) -> [Label] {
        guard let pod else { return [] }
        let namespace = pod.meta.namespace
        return [.every(in: namespace)] + pod.labels.map { Label(namespace: namespace, key: $0.key, value: $0.value) }
    }

    /// The selector's first pair with a value: every pod the service matches carries it, so it finds them all. A pair without
    /// one also matches pods that lack the key; a selector of nothing else has to look at every pod of the namespace.
    private func anchor(of service: Service) -> Label {
        let pair = service.selector.filter { !$0.value.isEmpty }.min { $0.key < $1.key }
        return pair.map { Label(namespace: service.meta.namespace, key: $0.key, value: $0.value) }
            ?? .every(in: service.meta.namespace)
    }

    /// `"10.1.0.7:80"` as a backend; `nil` for what is no IPv4 address and port (reference §5.8: such entries are dropped).
    static func backend(_ text: String) -> Backend? {
        guard let endpoint = EndpointAddress(text), case .ipv4(let address) = endpoint.host else { return nil }
        return Backend(address: address.value, port: endpoint.port)
    }
}
