public import ClusterModel
public import Logging
public import Settings

/// What miniond runs with, typed. The only place that names paths below /etc, /run and /var beside the table's defaults.
public struct AgentConfig: Sendable, Equatable {
    /// Where miniond looks when `--config` names no file; a missing file there is no error.
    public static let defaultPath = "/etc/minion/miniond.yaml"

    /// Address the protocol is served on.
    public var address: String
    /// Whether somebody has said the address; otherwise a port with TLS is served on all.
    public var isAddressChosen: Bool
    /// TCP port; 0 picks a free one.
    public var port: Int
    /// Path of the local socket.
    public var socket: String
    /// Folder of desired state, of the pods' volumes and of the agent's identity.
    public var stateDir: String
    /// The token's file; `nil` serves the local socket only.
    public var tokenFile: String?
    /// Where this node's certificate lies.
    public var tls: TLSFiles
    /// The node's name; `nil` is the host's name.
    public var hostnameOverride: String?
    /// Where portal IPs must lie; `nil` accepts any.
    public var portalNet: IPv4Network?
    /// `iptables`, `iptables-nft` or `iptables-legacy`.
    public var packetFilter: String
    /// Whether the agent makes the pod network that Minion entries describe (`minion`), or leaves it to the operator.
    public var makesPodNetwork: Bool
    /// Whether privileged containers may run.
    public var allowPrivileged: Bool
    /// The folder of static pods; `nil` turns the file source off.
    public var manifests: String?
    /// Plain TCP beyond loopback.
    public var insecurePlaintext: Bool
    /// The container command.
    public var dockerCommand: String
    /// The pause image's tar file.
    public var pauseImageFile: String
    /// Longest line, in bytes.
    public var maxLineBytes: Int
    /// Most bytes of one transaction.
    public var maxTransactionBytes: Int
    /// How long connections in flight may finish at a stop.
    public var drain: Duration
    /// The least serious level logged.
    public var logLevel: Logger.Level

    /// The typed form of `settings`, as `SettingTable.agent.effective` gives them.
    /// - Throws: `ConfigError` where settings contradict each other.
    public init(_ settings: [EffectiveSetting]) throws(ConfigError) {
        let values = SettingValues(settings)
        address = values.text("address")
        isAddressChosen = values.isChosen("address")
        port = values.number("port")
        socket = values.text("socket")
        stateDir = values.text("stateDir")
        tokenFile = values.optional("tokenFile")
        tls = TLSFiles(
            certificate: values.text("tlsCertificate"), key: values.optional("tlsKey") ?? values.text("tlsCertificate"),
            authority: values.text("tlsAuthority"))
        hostnameOverride = values.optional("hostnameOverride")
        portalNet = values.optional("portalNet").flatMap { IPv4Network($0) }
        packetFilter = values.text("packetFilter")
        makesPodNetwork = values.text("podNetwork") == "minion"
        allowPrivileged = values.flag("allowPrivileged")
        manifests = values.optional("manifests")
        insecurePlaintext = values.flag("insecurePlaintext")
        dockerCommand = values.text("dockerCommand")
        pauseImageFile = values.text("pauseImageFile")
        maxLineBytes = values.number("maxLineBytes")
        maxTransactionBytes = values.number("maxTransactionBytes")
        drain = values.seconds("drainSeconds")
        logLevel = Logger.Level(rawValue: values.text("logLevel")) ?? .info

        if tokenFile != nil && !isLoopback && !insecurePlaintext {
            throw values.problem(
                "address",
                "address \(address) is beyond loopback: plain TCP carries the token readable for everyone on the way; "
                    + "enrol the node (minionctl join) and take tokenFile away, or set insecurePlaintext "
                    + "(--insecure-plaintext) to accept that")
        }
    }

    /// Whether `address` can only be reached from this machine (127.0.0.0/8).
    public var isLoopback: Bool { address.hasPrefix("127.") }
}
