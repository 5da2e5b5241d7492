public import ClusterModel
import FoundationEssentials
public import Logging
public import Settings

/// What minion-master runs with, typed. The only place that names paths below /etc and /var beside the table's defaults.
public struct MasterConfig: Sendable, Equatable {
    /// Where minion-master looks when `--config` names no file; a missing file there is no error.
    public static let defaultPath = "/etc/minion/master.yaml"

    /// Eight addresses, of which the first and the last are no service's (reference §6.3).
    static let longestPortalPrefix = 29
    /// A minion gets a /24 of the pod net.
    static let longestPodPrefix = 24

    /// Address the API is served on.
    public var address: String
    /// TCP port of the API; 0 picks a free one.
    public var port: Int
    /// Where the other masters reach this one's API; empty for what the address, or the machine's name, says.
    public var advertiseURL: String
    /// Address of the secure port.
    public var secureAddress: String
    /// TCP port of the API over TLS, served where there is an authority; 0 picks a free one.
    public var securePort: Int
    /// Names and addresses for the certificate of the secure port, beside the host's own.
    public var secureNames: [String]
    /// Minions to register at the start.
    public var machines: [String]
    /// TCP port of every minion.
    public var minionPort: Int
    /// The file of the minions' token.
    public var minionTokenFile: String?
    /// Whether minions are spoken to over TLS where there is an authority.
    public var minionTLS: Bool
    /// Whether pods may ask for privileged containers.
    public var allowPrivileged: Bool
    /// Where services get their addresses.
    public var portalNet: IPv4Network
    /// Where minions get their pods' networks.
    public var podNet: IPv4Network
    /// How long a minion may be silent before its pods are made elsewhere; longer than `ControllerSet.Settings.silenceGrace`.
    public var podEvictionTimeout: Duration
    /// URLs of the etcd that holds the cluster; empty for the store in `dataDir`.
    public var etcdServers: [String]
    /// Folder of the master's own store.
    public var dataDir: String
    /// How long an event is kept.
    public var eventLife: Duration
    /// The least serious level logged.
    public var logLevel: Logger.Level

    /// The typed form of `settings`, as `SettingTable.master.effective` gives them.
    /// - Throws: `ConfigError` where a network is too small, where two of them overlap, or where other masters could not
    ///   reach this one.
    public init(_ settings: [EffectiveSetting]) throws(ConfigError) {
        let values = SettingValues(settings)
        address = values.text("address")
        port = values.number("port")
        advertiseURL = values.text("advertiseUrl")
        secureAddress = values.text("secureAddress")
        securePort = values.number("securePort")
        secureNames = values.list("secureNames")
        machines = values.list("machines")
        minionPort = values.number("minionPort")
        minionTokenFile = values.optional("minionTokenFile")
        minionTLS = values.flag("minionTls")
        allowPrivileged = values.flag("allowPrivileged")
        etcdServers = values.list("etcdServers")
        podEvictionTimeout = values.seconds("podEvictionTimeout")
        dataDir = values.text("dataDir")
        eventLife = values.seconds("eventTtl")
        logLevel = Logger.Level(rawValue: values.text("logLevel")) ?? .info

        func network(_ key: String, longest: Int) throws(ConfigError) -> IPv4Network {
            guard let network = IPv4Network(values.text(key)) else {
                throw values.problem(key, "\(key) must be a network")
            }
            guard network.prefixLength <= longest else {
                throw values.problem(key, "\(key) \(network) is too small: the longest prefix is /\(longest)")
            }
            return network
        }
        if advertiseURL.contains(",") {
            throw values.problem("advertiseUrl", "advertiseUrl must be one URL, was '\(advertiseURL)'")
        }
        portalNet = try network("portalNet", longest: Self.longestPortalPrefix)
        podNet = try network("podNet", longest: Self.longestPodPrefix)
        if portalNet.overlaps(podNet) {
            throw values.problem(
                "podNet",
                "podNet \(podNet) overlaps portalNet \(portalNet): an address would be a service's and a pod's")
        }
        if let reason = unreachable {
            throw values.problem(
                "etcdServers", "\(reason), where no other master of this etcd reaches it; set advertiseUrl")
        }
    }

    /// Why the URL that is made of address and port is no place for other masters to go to; `nil` where it may be,
    /// where another URL was set, and where there are no other masters.
    private var unreachable: String? {
        guard !etcdServers.isEmpty, advertiseURL.isEmpty else { return nil }
        if address.hasPrefix("127.") { return "this master's address is \(address)" }
        return port == 0 ? "this master's port is any that is free" : nil
    }

    /// Whether the other masters are to reach this one over TLS, which it can only speak where it has an authority.
    var advertisesTLS: Bool { advertiseURL.hasPrefix("https://") }

    /// The host of `advertiseUrl`, for the certificate by which others know this master; none where no URL was set.
    var advertisedHosts: [String] { [URL(string: advertiseURL)?.host()].compactMap { $0 }.filter { !$0.isEmpty } }

    /// `http://HOST:PORT`, without a slash at its end: what was set, else the address; one that means every interface is no
    /// place to go to, and `machine`, the machine's name, stands for it.
    public func advertisedURL(machine: String) -> String {
        if !advertiseURL.isEmpty { return advertiseURL.hasSuffix("/") ? String(advertiseURL.dropLast()) : advertiseURL }
        return "http://\(address == "0.0.0.0" ? machine : address):\(port)"
    }
}
