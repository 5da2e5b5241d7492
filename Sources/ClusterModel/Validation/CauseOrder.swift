/// In which order the API server of 2014 named several faults of one object. It looked at a volume's source before its name, at a
/// port's number before the one on the host, and at host ports that are there twice after everything else of the containers:
/// clients compare the whole message.
enum CauseOrder {
    /// Fields in their order; one that is not here comes last, in the order in which it was read.
    private static let fields = [
        "id", "namespace", "source", "name", "privileged", "image", "lifecycle", "ports", "env", "volumeMounts",
        "mountPath", "port", "containerPort", "hostPort", "protocol", "selector", "replicaSelector",
        "podTemplate.labels", "replicas", "version", "volumes", "containers", "restartPolicy",
    ]
    private static let ranks = Dictionary(uniqueKeysWithValues: zip(fields, 0...))
    /// After every index an array can have.
    private static let afterAll = Int.max / 2

    /// The causes in order, each placed by its path; those of one place stay as they are.
    static func sorted(_ causes: [(cause: FieldCause, place: String)]) -> [FieldCause] {
        let keyed = causes.enumerated().map { (key: key($1.place) + [$0], cause: $1.cause) }
        return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.cause)
    }

    /// The ranks of the fields and the indices on the way to `place`.
    private static func key(_ place: String) -> [Int] {
        let steps = place.split { $0 == "." || $0 == "[" || $0 == "]" }
        return steps.indices.map { index in
            let next = index + 1 < steps.count ? steps[index + 1] : ""
            if let number = Int(steps[index]) { return next == "port" ? afterAll + number : number }
            return ranks[String(steps[index])] ?? ranks["\(steps[index]).\(next)"] ?? fields.count
        }
    }
}
