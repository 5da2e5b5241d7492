import FoundationEssentials

/// The store that the configuration asks for.
struct ClusterStorage: Sendable {
    /// Only root may read the cluster: environment variables of pods are part of it.
    static let mode = 0o700

    /// The cluster.
    let documents: any ClusterStore
    private let sqlite: SQLiteStore

    /// Opens the store, and makes an empty one where there is none.
    /// - Throws: `MasterStartError` when it cannot be used.
    static func open(_ config: MasterConfig) throws(MasterStartError) -> ClusterStorage {
        guard config.etcdServers.isEmpty else {
            throw MasterStartError(code: .store, message: "etcd cannot be used yet: leave etcdServers empty")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: config.dataDir, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
            let store = try SQLiteStore(folder: config.dataDir)
            return ClusterStorage(documents: store, sqlite: store)
        } catch {
            throw MasterStartError(code: .store, message: "data folder \(config.dataDir): \(error)")
        }
    }

    /// Lets the store go, after everybody who uses it has ended.
    func close() throws { try sqlite.close() }
}
