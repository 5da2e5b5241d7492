import AsyncHTTPClient
import ClusterModel

/// Talks to a v1beta1 API server.
public struct APIClient: Sendable {
    /// A client.
    public init() {}
}
