/// One setting of miniond: its three spellings, its kind and its default. The table `Setting.all` is the only place
/// where a setting is declared; flags, environment, file, `--check` and the documents follow from it.
public struct Setting: Sendable {
    /// What a value must look like.
    public enum Kind: Sendable, Equatable {
        case text
        case flag
        case integer(ClosedRange<Int>)
        /// One of a fixed list of words.
        case choice([String])
        /// A.B.C.D/LEN.
        case network
        /// A.B.C.D.
        case address
    }

    /// The key in miniond.yaml, in camelCase.
    public let key: String
    /// What a value must look like.
    public let kind: Kind
    /// The value when nobody sets one; empty text means "none".
    public let fallback: String
    /// One sentence for `--check` and the man page.
    public let meaning: String
    /// Whether an empty value is allowed; it turns off what the setting is about.
    public var isOptional = false

    /// The flag, `--state-dir` for `stateDir`.
    public var flag: String { "--" + separated(by: "-", lowercase: true) }
    /// The environment variable, `MINION_STATE_DIR` for `stateDir`.
    public var variable: String { "MINION_" + separated(by: "_", lowercase: false) }

    private func separated(by separator: String, lowercase: Bool) -> String {
        var result = ""
        for character in key {
            if character.isUppercase { result += separator }
            result += lowercase ? character.lowercased() : character.uppercased()
        }
        return result
    }
}

extension Setting {
    /// Every setting there is, in the order `--check` prints them.
    public static let all: [Setting] = [
        Setting(
            key: "address", kind: .address, fallback: "127.0.0.1",
            meaning: "Address the protocol is served on; beyond loopback it needs insecurePlaintext."),
        Setting(key: "port", kind: .integer(0...65535), fallback: "10250", meaning: "TCP port; 0 picks a free one."),
        Setting(key: "socket", kind: .text, fallback: "/run/minion/miniond.sock", meaning: "The local socket."),
        Setting(key: "stateDir", kind: .text, fallback: "/var/lib/minion", meaning: "Where desired state is kept."),
        Setting(
            key: "tokenFile", kind: .text, fallback: "",
            meaning: "File holding the token of port 10250; without it only the local socket is served.",
            isOptional: true),
        Setting(
            key: "hostnameOverride", kind: .text, fallback: "", meaning: "This node's name; otherwise the host's name.",
            isOptional: true),
        Setting(
            key: "portalNet", kind: .network, fallback: "",
            meaning: "Portal IPs outside this network are refused; empty accepts any.", isOptional: true),
        Setting(
            key: "proxyMode", kind: .choice(["userspace"]), fallback: "userspace", meaning: "How services are proxied."),
        Setting(
            key: "packetFilter", kind: .choice(["iptables", "iptables-nft", "iptables-legacy"]), fallback: "iptables",
            meaning: "The command family that programs the kernel."),
        Setting(
            key: "allowPrivileged", kind: .flag, fallback: "false", meaning: "Whether privileged containers may run."),
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
    ]

    /// The setting called `key` in the file, or `nil`.
    public static func named(_ key: String) -> Setting? { all.first { $0.key == key } }
}
