public import ClusterModel

/// Fields that are accepted and not acted on. Nothing is ignored in silence.
public enum UnsupportedFields {
    /// A sentence for each container that has some.
    public static func warnings(_ manifest: ContainerManifest) -> [String] {
        manifest.containers.compactMap { container in
            let fields = [
                container.livenessProbe.map { _ in "livenessProbe" }, container.lifecycle.map { _ in "lifecycle" },
            ].compactMap { $0 }
            guard !fields.isEmpty else { return nil }
            return
                "container \(container.name) has \(fields.joined(separator: " and ")), which this agent does not act on"
        }
    }
}
