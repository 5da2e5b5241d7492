import ClusterModel

/// Counts the pods of many controllers in one pass: each controller is filed under one pair of its selector, and a pod looks
/// at those only that are filed under what it carries.
struct ReplicaCensus {
    private enum Place: Hashable {
        case label(namespace: String, key: String, value: String)
        /// Of selectors without a pair, which hold for every pod of the namespace.
        case namespace(String)
    }

    private var controllers: [Place: [(ref: ObjectRef, selector: [String: String])]] = [:]

    /// A census of the controllers among `objects`.
    init(of objects: [APIObject]) {
        for case .replicationController(let controller) in objects {
            let selector = controller.desiredState.replicaSelector
            let (namespace, first) = (controller.meta.namespace, selector.min { $0.key < $1.key })
            let place =
                first.map { Place.label(namespace: namespace, key: $0.key, value: $0.value) } ?? .namespace(namespace)
            let ref = ObjectRef(.replicationController, namespace: namespace, name: controller.meta.name)
            controllers[place, default: []].append((ref, selector))
        }
    }

    /// Whether there is no controller.
    var isEmpty: Bool { controllers.isEmpty }

    /// How many of `pods` each controller's selector holds for; none for one that is not named.
    func counts(in pods: some Sequence<APIObject>) -> [ObjectRef: Int] {
        var counts: [ObjectRef: Int] = [:]
        for pod in pods {
            let (namespace, labels) = (pod.meta.namespace, pod.labels)
            let places =
                [.namespace(namespace)] + labels.map { Place.label(namespace: namespace, key: $0.key, value: $0.value) }
            for place in places {
                for (ref, selector) in controllers[place] ?? []
                where selector.allSatisfy({ labels[$0.key] == $0.value }) {
                    counts[ref, default: 0] += 1
                }
            }
        }
        return counts
    }
}
