public import Settings

extension SettingTable {
    /// What minion-master can be told: the flags of the founding article (reference §6.1) and a few of today.
    public static let master = SettingTable(
        prefix: "MINION_MASTER_",
        defaultFile: MasterConfig.defaultPath,
        settings: [
            Setting(
                key: "address", kind: .address, fallback: "127.0.0.1",
                meaning: "Address the API is served on. Whoever reaches it may do everything."),
            Setting(key: "port", kind: .integer(0...65535), fallback: "8080", meaning: "TCP port; 0 picks a free one."),
            Setting(
                key: "advertiseUrl", kind: .urls, fallback: "",
                meaning:
                    "Where the other masters of an etcd reach this one; by default http, the address, or this machine's name where the address is 0.0.0.0, and the port.",
                isOptional: true),
            Setting(
                key: "secureAddress", kind: .address, fallback: "0.0.0.0",
                meaning: "Address of the secure port, where nodes join."),
            Setting(
                key: "securePort", kind: .integer(0...65535), fallback: "8443",
                meaning: "TCP port of the API over TLS; served once the master has a certificate authority."),
            Setting(
                key: "secureNames", kind: .machines, fallback: "",
                meaning:
                    "More names and addresses by which clients reach the secure port, beside the host's own.",
                isOptional: true),
            Setting(
                key: "machines", kind: .machines, fallback: "",
                meaning:
                    "Minions that are registered at the start, joined by commas; those known already stay as they are.",
                isOptional: true),
            Setting(
                key: "minionPort", kind: .integer(1...65535), fallback: "10250", meaning: "The port of every minion."),
            Setting(
                key: "minionTokenFile", kind: .text, fallback: "",
                meaning: "File holding the token that the minions want.", isOptional: true),
            Setting(
                key: "minionTls", kind: .flag, fallback: "true",
                meaning: "Whether minions are spoken to over TLS once the master has a certificate authority."),
            Setting(
                key: "allowPrivileged", kind: .flag, fallback: "false",
                meaning: "Whether pods may ask for privileged containers."),
            Setting(
                key: "portalNet", kind: .network, fallback: "10.11.0.0/16",
                meaning: "Where services get their addresses; at least 8 of them."),
            Setting(
                key: "podNet", kind: .network, fallback: "10.244.0.0/16",
                meaning: "Where minions get a /24 each for their pods."),
            Setting(
                key: "podEvictionTimeout", kind: .integer(15...86_400), fallback: "60",
                meaning: "Seconds a minion may be silent before its controllers' pods are made elsewhere."),
            Setting(
                key: "etcdServers", kind: .urls, fallback: "",
                meaning: "The etcd that holds the cluster; empty keeps it in dataDir.", isOptional: true),
            Setting(
                key: "dataDir", kind: .text, fallback: "/var/lib/minion-master",
                meaning: "Folder of the master's own store."),
            Setting(
                key: "eventTtl", kind: .integer(60...31_536_000), fallback: "172800",
                meaning: "Seconds an event is kept; 48 hours by default."),
            Setting(
                key: "logLevel", kind: .choice(["debug", "info", "notice", "warning", "error"]), fallback: "info",
                meaning: "The least serious message that is logged."),
        ])
}
