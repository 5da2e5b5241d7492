import ArgumentParser
import FoundationEssentials
import Machine
import Master
import Wire

/// The certificate authority of a cluster.
struct Authority: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Makes the cluster's certificate authority, and enrols nodes and clients.",
        subcommands: [Initialize.self, Issue.self])

    struct Initialize: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Makes the authority, once.",
            discussion: """
                It is served after the next start of the master. Keep a copy: every certificate depends on it. It is in the \
                folder ca of the master's data folder (--data-dir).
                """)

        @ParentCommand var master: MinionMaster

        func run() throws {
            let folder = AuthorityFolder(dataFolder: try master.configuration().dataDir)
            try folder.becomeOwner()
            let authority = try folder.initialize(now: .now)
            print("authority    \(folder.certificate)")
            print("fingerprint  sha256 \(authority.fingerprint)")
            print("next         systemctl restart minion-master; then minion-master ca issue NODE")
        }
    }

    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "issue", abstract: "Prints the line by which a node joins, or writes a certificate for it.",
            discussion: "The authority is that in the master's data folder (--data-dir).")

        @Argument(help: "The name by which the master knows the node; with --client a person's or a program's.")
        var name: String
        @ParentCommand var daemon: MinionMaster
        @Flag(help: "For a client with all rights instead of a node.")
        var client = false
        @Option(help: "How long the token may wait: 30m, 1h, 2d.")
        var ttl = "1h"
        @Option(help: "How the node reaches this master.")
        var master: String?
        @Option(name: .customLong("out"), help: "Write certificate and key to this folder instead, to copy by hand.")
        var output: String?

        func run() throws {
            let configuration = try daemon.configuration()
            let folder = AuthorityFolder(dataFolder: configuration.dataDir)
            guard let authority = try folder.load() else {
                throw AuthorityError(.missing, "there is no authority in \(folder.path): minion-master ca init")
            }
            guard let identity = ClusterIdentity(client ? .client : .node, name) else {
                throw AuthorityError(.name, "'\(name)' is no name of a node: lower-case letters, digits, '-' and '.'")
            }
            if let output { return try write(authority, identity, to: output) }
            guard let life = Self.duration(ttl) else {
                throw ValidationError("--ttl must be a number and s, m, h or d, was '\(ttl)'")
            }
            try folder.becomeOwner()
            let tokens = JoinTokens(folder)
            try tokens.sweep(now: .now)
            let token = try tokens.make(for: identity, life: life, authority: authority, now: .now)
            let url = master ?? AuthorityFolder.url(port: configuration.securePort)
            print("minionctl join --master \(url) --token \(token)")
        }

        private func write(_ authority: CertificateAuthority, _ identity: ClusterIdentity, to folder: String) throws {
            let issued = try authority.issue(to: identity, now: .now)
            let files = [
                ("\(folder)/node.pem", issued.certificate + issued.key, UInt16(0o600)),
                ("\(folder)/ca.crt", authority.certificatePEM, UInt16(0o644)),
            ]
            for (file, _, _) in files where FileManager.default.fileExists(atPath: file) {
                throw AuthorityError(.exists, "\(file) is there already")
            }
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for (file, text, mode) in files { try AtomicFile.write(Array(text.utf8), to: file, mode: mode) }
            print("written      \(files.map(\.0).joined(separator: ", "))")
            let use = client ? "give the folder to minionctl's --tls-dir" : "copy both files to /etc/minion/pki there"
            print("for          \(identity); \(use)")
        }

        /// `90s`, `30m`, `1h`, `2d`; `nil` for anything else.
        static func duration(_ text: String) -> Duration? {
            let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()), number > 0,
                number < Int(Int32.max)
            else { return nil }
            return .seconds(number * unit)
        }
    }
}
