import ArgumentParser
import Master

/// One option per setting, in today's spelling and in that of 2014 (reference §6.1).
struct MasterFlags: ParsableArguments {
    @Option(help: "Address the API is served on.")
    var address: String?
    @Option(help: "TCP port of the API; 0 picks a free one.")
    var port: String?
    @Option(name: names("advertise-url"), help: "URL at which the other masters reach this one.")
    var advertiseURL: String?
    @Option(name: names("secure-address"), help: "Address of the secure port.")
    var secureAddress: String?
    @Option(name: names("secure-port"), help: "TCP port of the API over TLS; needs a certificate authority (ca init).")
    var securePort: String?
    @Option(name: names("secure-names"), help: "More names and addresses of the secure port, joined by commas.")
    var secureNames: String?
    @Option(help: "Minions to register at the start, joined by commas.")
    var machines: String?
    @Option(name: names("minion-port", "kubelet-port"), help: "TCP port of every minion.")
    var minionPort: String?
    @Option(name: names("minion-token-file"), help: "File holding the token that the minions want.")
    var minionTokenFile: String?
    @Option(name: names("minion-tls"), help: "false speaks to minions in plain text, for a lab.")
    var minionTLS: String?
    @Flag(name: names("allow-privileged"), help: "Allow pods to ask for privileged containers.")
    var allowPrivileged = false
    @Option(name: names("portal-net"), help: "Where services get their addresses.")
    var portalNet: String?
    @Option(name: names("pod-net"), help: "Where minions get a /24 each for their pods.")
    var podNet: String?
    @Option(name: names("pod-eviction-timeout"), help: "Seconds until a silent minion's pods are made elsewhere.")
    var podEvictionTimeout: String?
    @Option(name: names("etcd-servers"), help: "URLs of the etcd that holds the cluster, joined by commas.")
    var etcdServers: String?
    @Option(name: names("data-dir"), help: "Folder of the master's own store.")
    var dataDir: String?
    @Option(name: names("event-ttl"), help: "Seconds an event is kept.")
    var eventTTL: String?
    @Option(name: names("log-level"), help: "debug, info, notice, warning or error")
    var logLevel: String?

    /// What was given, by the setting's key.
    var given: [String: String] {
        let all: [String: String?] = [
            "address": address, "port": port, "advertiseUrl": advertiseURL, "secureAddress": secureAddress,
            "securePort": securePort, "secureNames": secureNames, "machines": machines, "minionPort": minionPort,
            "minionTls": minionTLS,
            "minionTokenFile": minionTokenFile, "allowPrivileged": allowPrivileged ? "true" : nil,
            "portalNet": portalNet, "podNet": podNet, "podEvictionTimeout": podEvictionTimeout,
            "etcdServers": etcdServers, "dataDir": dataDir, "eventTtl": eventTTL, "logLevel": logLevel,
        ]
        return all.compactMapValues { $0 }
    }

    private static func names(_ names: String...) -> NameSpecification {
        NameSpecification(
            names.flatMap { name -> [NameSpecification.Element] in
                [.customLong(name), .customLong(String(name.map { $0 == "-" ? "_" : $0 }))]
            })
    }
}
