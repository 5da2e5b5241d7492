/// How `ContainerLabels` are spelled on the engine. Its journald driver makes journal fields of them: `minion.pod` becomes
/// `MINION_POD`, the field of the agent's own lines, so that one `journalctl` shows both.
enum DockerLabels {
    static let owner = "minion.owner"
    static let pod = "minion.pod"
    static let namespace = "minion.namespace"
    static let uid = "minion.uid"
    static let container = "minion.container"
    static let hash = "minion.hash"
    static let source = "minion.source"
    static let attempt = "minion.attempt"

    /// Those that journald shows.
    static let journalFields = [pod, namespace, container, uid, source]

    /// In a fixed order.
    static func pairs(_ labels: ContainerLabels, owner: String) -> [(key: String, value: String)] {
        [
            (self.owner, owner), (pod, labels.pod), (namespace, labels.namespace), (uid, labels.uid),
            (container, labels.container), (hash, labels.hash), (source, labels.source),
            (attempt, String(labels.attempt)),
        ]
    }

    /// `nil` when they are not labels of ours.
    static func read(_ labels: [String: String]) -> ContainerLabels? {
        guard let pod = labels[pod], let namespace = labels[namespace], let uid = labels[uid],
            let container = labels[container], let attempt = labels[attempt].flatMap({ Int($0) })
        else { return nil }
        return ContainerLabels(
            pod: pod, namespace: namespace, uid: uid, container: container, hash: labels[hash] ?? "",
            source: labels[source] ?? "", attempt: attempt)
    }
}
