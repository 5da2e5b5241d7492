import ClusterModel

/// Why nothing of a pod may be started, whatever the engine says.
struct PodObstacle: Equatable, Sendable {
    /// One CamelCase word.
    var reason: String
    /// For a person, with the field's value.
    var message: String

    /// What this node cannot or may not run; `nil` when there is nothing in the way.
    static func inManifest(_ manifest: ContainerManifest, allowPrivileged: Bool) -> PodObstacle? {
        if manifest.containers.contains(where: { $0.name == ContainerLabels.network }) {
            return PodObstacle(
                reason: "ReservedContainerName",
                message:
                    "a container is called \(ContainerLabels.network), which is the name of the pod's network container"
            )
        }
        for container in manifest.containers where container.privileged && !allowPrivileged {
            return PodObstacle(
                reason: "PrivilegedNotAllowed",
                message: "container \(container.name) asks to run privileged, which this node does not allow"
                    + " (setting allowPrivileged)")
        }
        for volume in manifest.volumes {
            if let obstacle = inVolume(volume) { return obstacle }
        }
        for container in manifest.containers {
            for mount in container.volumeMounts where !isBindable(mount.mountPath) {
                return PodObstacle(
                    reason: "InvalidVolume",
                    message: "container \(container.name) mounts \(mount.name) at '\(mount.mountPath)': \(bindRule)")
            }
        }
        return nil
    }

    private static func inVolume(_ volume: Volume) -> PodObstacle? {
        switch volume.source {
        case .emptyDir:
            return nil
        case .hostDir(let path):
            guard !isBindable(path) else { return nil }
            return PodObstacle(
                reason: "InvalidVolume", message: "volume \(volume.name) is the directory '\(path)': \(bindRule)")
        case .persistentDisk:
            return PodObstacle(
                reason: "UnsupportedVolume",
                message: "volume \(volume.name) is a persistentDisk, and this node has no cloud to attach it from")
        case .gitRepo:
            return PodObstacle(
                reason: "UnsupportedVolume", message: "volume \(volume.name) is a gitRepo, which is not supported")
        }
    }

    private static let bindRule = "the path must be absolute and without a colon"

    /// docker's `--volume` separates its parts by colons and has no way to quote one.
    private static func isBindable(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.utf8.contains(UInt8(ascii: ":"))
    }
}
