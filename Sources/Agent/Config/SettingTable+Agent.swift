public import Settings

extension SettingTable {
    /// What miniond can be told.
    public static let agent = SettingTable(
        prefix: "MINION_",
        // Said to the project's tests and to a master on the same machine.
        strangers: ["MINION_TEST_", "MINION_MASTER_"],
        defaultFile: AgentConfig.defaultPath,
        settings: [
            Setting(
                key: "address", kind: .address, fallback: "127.0.0.1",
                meaning:
                    "Address the protocol is served on. A node with a certificate and without this serves on all."),
            Setting(
                key: "port", kind: .integer(0...65535), fallback: "10250", meaning: "TCP port; 0 picks a free one."),
            Setting(key: "socket", kind: .text, fallback: "/run/minion/miniond.sock", meaning: "The local socket."),
            Setting(key: "stateDir", kind: .text, fallback: "/var/lib/minion", meaning: "Where desired state is kept."),
            Setting(
                key: "tokenFile", kind: .text, fallback: "",
                meaning: "File holding the token of port 10250; without it only the local socket is served.",
                isOptional: true),
            Setting(
                key: "tlsCertificate", kind: .text, fallback: "/etc/minion/pki/node.pem",
                meaning: "PEM file of this node's certificate and key; where it is, the port speaks TLS only."),
            Setting(
                key: "tlsKey", kind: .text, fallback: "",
                meaning: "PEM file of the key, if it is not in the certificate's file.", isOptional: true),
            Setting(
                key: "tlsAuthority", kind: .text, fallback: "/etc/minion/pki/ca.crt",
                meaning: "PEM file of the authority whose masters may come."),
            Setting(
                key: "hostnameOverride", kind: .text, fallback: "",
                meaning: "This node's name; otherwise the host's name.",
                isOptional: true),
            Setting(
                key: "portalNet", kind: .network, fallback: "",
                meaning: "Services with a portal IP outside this network are not served; empty serves any.",
                isOptional: true),
            Setting(
                key: "proxyMode", kind: .choice(["userspace"]), fallback: "userspace",
                meaning: "How services are proxied."),
            Setting(
                key: "packetFilter", kind: .choice(["iptables", "iptables-nft", "iptables-legacy"]),
                fallback: "iptables",
                meaning: "The command family that programs the kernel."),
            Setting(
                key: "podNetwork", kind: .choice(["minion", "docker"]), fallback: "minion",
                meaning:
                    "Who brings pods of several nodes together: the agent, or the operator beneath Docker's bridge."),
            Setting(
                key: "allowPrivileged", kind: .flag, fallback: "false",
                meaning: "Whether privileged containers may run."),
            Setting(
                key: "manifests", kind: .text, fallback: "/etc/minion/manifests",
                meaning: "Folder of static pods; empty turns the file source off.", isOptional: true),
            Setting(
                key: "insecurePlaintext", kind: .flag, fallback: "false",
                meaning: "Allows plain TCP with a token beyond loopback."),
            Setting(
                key: "dockerCommand", kind: .text, fallback: "docker", meaning: "The command containers are run with."),
            Setting(
                key: "pauseImageFile", kind: .text, fallback: "/usr/lib/minion/pause.tar",
                meaning: "The pause program, imported as the image of network containers."),
            Setting(
                key: "maxLineBytes", kind: .integer(1_024...67_108_864), fallback: "4194304",
                meaning: "Longest line of the protocol, in bytes."),
            Setting(
                key: "maxTransactionBytes", kind: .integer(1_024...1_073_741_824), fallback: "67108864",
                meaning: "Most bytes between begin and commit."),
            Setting(
                key: "drainSeconds", kind: .integer(0...300), fallback: "2",
                meaning: "How long connections in flight may finish when the agent stops."),
            Setting(
                key: "logLevel", kind: .choice(["debug", "info", "notice", "warning", "error"]), fallback: "info",
                meaning: "The least serious message that is logged."),
        ])
}
