import Agent
import ArgumentParser

/// One option per setting, in today's spelling and, where 2014 had the flag, in that of 2014 (reference §2.1, §6.1).
struct SettingFlags: ParsableArguments {
    @Option(help: "Address the protocol is served on.")
    var address: String?
    @Option(help: "TCP port of the protocol; 0 picks a free one.")
    var port: String?
    @Option(help: "Path of the local socket.")
    var socket: String?
    @Option(name: names("state-dir"), help: "Folder of desired state.")
    var stateDir: String?
    @Option(name: names("token-file"), help: "File holding the token; without it only the local socket is served.")
    var tokenFile: String?
    @Option(name: names("tls-certificate"), help: "This node's certificate and key; with it the port speaks TLS only.")
    var tlsCertificate: String?
    @Option(name: names("tls-key"), help: "The key, if it is not in the certificate's file.")
    var tlsKey: String?
    @Option(name: names("tls-authority"), help: "The authority whose masters may come.")
    var tlsAuthority: String?
    @Option(name: names("hostname-override"), help: "This node's name.")
    var hostnameOverride: String?
    @Option(name: names("portal-net"), help: "Portal IPs outside this network are refused.")
    var portalNet: String?
    @Option(name: names("proxy-mode"), help: "userspace")
    var proxyMode: String?
    @Option(name: names("packet-filter"), help: "iptables, iptables-nft or iptables-legacy")
    var packetFilter: String?
    @Option(name: names("pod-network"), help: "minion, or docker to leave it to the operator")
    var podNetwork: String?
    @Flag(name: names("allow-privileged"), help: "Allow privileged containers.")
    var allowPrivileged = false
    @Option(help: "Folder of static pods; empty turns it off.")
    var manifests: String?
    @Flag(name: names("insecure-plaintext"), help: "Allow plain TCP with a token beyond loopback.")
    var insecurePlaintext = false
    @Option(name: names("docker-command"), help: "The command containers are run with.")
    var dockerCommand: String?
    @Option(name: names("pause-image-file"), help: "The pause program's image.")
    var pauseImageFile: String?
    @Option(name: names("max-line-bytes"), help: "Longest line of the protocol.")
    var maxLineBytes: String?
    @Option(name: names("max-transaction-bytes"), help: "Most bytes between begin and commit.")
    var maxTransactionBytes: String?
    @Option(name: names("drain-seconds"), help: "How long connections in flight may finish at a stop.")
    var drainSeconds: String?
    @Option(name: names("log-level"), help: "debug, info, notice, warning or error")
    var logLevel: String?

    /// What was given, by the setting's key.
    var given: [String: String] {
        let all: [String: String?] = [
            "address": address, "port": port, "socket": socket, "stateDir": stateDir, "tokenFile": tokenFile,
            "tlsCertificate": tlsCertificate, "tlsKey": tlsKey, "tlsAuthority": tlsAuthority,
            "hostnameOverride": hostnameOverride, "portalNet": portalNet, "proxyMode": proxyMode,
            "packetFilter": packetFilter, "podNetwork": podNetwork, "allowPrivileged": allowPrivileged ? "true" : nil,
            "manifests": manifests,
            "insecurePlaintext": insecurePlaintext ? "true" : nil, "dockerCommand": dockerCommand,
            "pauseImageFile": pauseImageFile, "maxLineBytes": maxLineBytes,
            "maxTransactionBytes": maxTransactionBytes, "drainSeconds": drainSeconds, "logLevel": logLevel,
        ]
        return all.compactMapValues { $0 }
    }

    private static func names(_ name: String) -> NameSpecification {
        [.customLong(name), .customLong(String(name.map { $0 == "-" ? "_" : $0 }))]
    }
}
