import FoundationEssentials
import Logging
import Machine

/// The store that the configuration asks for, and who leads on it.
struct ClusterStorage: Sendable {
    /// Only root may read the cluster: environment variables of pods are part of it.
    static let mode = 0o700

    /// The cluster.
    let documents: any ClusterStore
    /// Which of the masters of this store leads.
    let election: any LeaderElection
    /// Where the other masters find this one.
    let advertisedURL: String
    /// Takes part in the election until it is cancelled; `nil` where there is none.
    let campaign: (@Sendable () async -> Void)?
    /// What the leader does for the store until it is cancelled.
    let maintain: @Sendable (MonotonicTime) async -> Void
    /// Lets the store go, after everybody who uses it has ended.
    let close: @Sendable () async throws -> Void

    /// Opens the store, and makes an empty one where there is none. An etcd is not asked yet.
    /// - Throws: `MasterStartError` when it cannot be used.
    static func open(_ config: MasterConfig, _ logger: Logger) async throws(MasterStartError) -> ClusterStorage {
        do {
            let url = await advertisedURL(config)
            return try await config.etcdServers.isEmpty ? sqlite(config.dataDir, url) : etcd(config, url, logger)
        } catch {
            let place = config.etcdServers.isEmpty ? config.dataDir : config.etcdServers.joined(separator: ",")
            throw MasterStartError(code: .store, message: "the store at \(place): \(error)")
        }
    }

    private static func advertisedURL(_ config: MasterConfig) async -> String {
        // Asking for the name may take seconds where it is looked up.
        let isNeeded = config.address == "0.0.0.0" && config.advertiseURL.isEmpty
        return config.advertisedURL(machine: isNeeded ? await HostProbe.hostname(CommandRunner()) : "")
    }

    private static func sqlite(_ folder: String, _ url: String) async throws -> ClusterStorage {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        let store = try SQLiteStore(folder: folder)
        return ClusterStorage(
            documents: store, election: try await SoleLeader(store), advertisedURL: url, campaign: nil,
            maintain: { _ in }, close: { try store.close() })
    }

    private static func etcd(_ config: MasterConfig, _ url: String, _ logger: Logger) throws -> ClusterStorage {
        let store = try EtcdStore(endpoints: config.etcdServers)
        let election = EtcdElection(store, url: url, logger: logger)
        return ClusterStorage(
            documents: store, election: election, advertisedURL: url, campaign: { await election.run() },
            maintain: { await store.compact(every: EtcdStore.history, time: $0) },
            close: { try await store.close() })
    }
}
