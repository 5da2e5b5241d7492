public import ClusterModel

/// Finds the container whose log is asked for.
public struct PodLogs: Sendable {
    private let runtime: any ContainerRuntime

    /// Reads through `runtime`.
    public init(runtime: any ContainerRuntime) {
        self.runtime = runtime
    }

    /// Gives the lines of the newest instance of a container to `onLine`, at the reader's pace.
    /// - Parameters:
    ///   - container: its name in the manifest, or `net`.
    ///   - uid: of the pod that is wanted. An incarnation before it is read only while nothing of the new one is there.
    /// - Throws: `noSuchContainer` when there is none yet, and what `ContainerRuntime.logs` throws.
    public func read(
        _ pod: ObjectKey, uid: String, container: String, _ range: LogRange,
        onLine: @Sendable @escaping (LogLine) async -> Void
    ) async throws(RuntimeError) {
        let instances = try await runtime.containers(of: pod).filter { $0.labels.container == container }
        guard let newest = Self.newest(instances, uid: uid) else {
            throw RuntimeError(.noSuchContainer, "container \(container) of pod \(pod.name) was not started yet")
        }
        try await runtime.logs(newest.id, range, onLine: onLine)
    }

    /// The last one that was made for the pod of this uid, or for one before it.
    static func newest(_ instances: [ObservedContainer], uid: String) -> ObservedContainer? {
        let mine = instances.filter { $0.labels.uid == uid }
        return (mine.isEmpty ? instances : mine).max { $0.labels.attempt < $1.labels.attempt }
    }
}
