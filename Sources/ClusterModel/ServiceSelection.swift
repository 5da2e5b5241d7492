extension Service {
    /// Whether a pod with `labels` is one of the service's: it carries every label of the selector. A missing label reads
    /// as an empty one (reference §1.0).
    public func matches(_ labels: [String: String]) -> Bool {
        selector.allSatisfy { (labels[$0.key] ?? "") == $0.value }
    }

    /// The port of `pod` that answers the service (reference §6.4): without `containerPort` the first port of the first
    /// container, a number as it is, a name as the first port of that name in any container; a name made of digits is a name.
    /// `nil` when the pod has no such port: then it is no endpoint.
    public func targetPort(in pod: Pod) -> Int? {
        let containers = pod.manifest.containers
        switch containerPort {
        case nil: return containers.first?.ports.first?.containerPort
        case .number(let number): return number
        case .name(let name): return containers.lazy.flatMap(\.ports).first { $0.name == name }?.containerPort
        }
    }
}
