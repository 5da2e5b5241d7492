/// In which order the API server of 2014 named several faults of one object. It looked at a volume's source before its name,
/// at a port's number before the one on the host, and at host ports that are there twice after everything else of the
/// containers: clients compare the whole message.
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

    /// The ranks of the fields and the indices on the way to `place`. Keys of labels are on it as clients chose them: what
    /// looks like an index there is none, and may be any number.
    private static func key(_ place: String) -> [Int] {
        let steps = place.split { $0 == "." || $0 == "[" }
        return steps.indices.map { step in
            let next = step + 1 < steps.count ? steps[step + 1] : ""
            if steps[step].hasSuffix("]"), let index = Int(steps[step].dropLast()), 0..<afterAll ~= index {
                return next == "port" ? afterAll + index : index
            }
            return ranks[String(steps[step])] ?? ranks["\(steps[step]).\(next)"] ?? fields.count
        }
    }
}
