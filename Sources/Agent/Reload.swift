import Logging
import Machine
import Settings
import UnixSignals

/// SIGHUP: the configuration is read again. A bad one changes nothing. The token and the certificate count from now on;
/// for the rest it is said that a restart is due. Then the kernel's rules are compared with the wanted ones, whatever
/// the configuration: who has changed them by hand need not wait for the next look.
struct Reload: Sendable {
    let configurationFile: String?
    let flags: [String: String]
    let gate: TokenGate?
    let running: AgentConfig
    let context: LinkContext
    let notifier: SystemdNotifier
    /// Compares the kernel's rules and repairs them.
    let verify: @Sendable () async -> Void
    /// Takes over a certificate that was changed.
    let lookAtCertificate: @Sendable () async -> Void
    let logger: Logger

    /// Runs until it is cancelled.
    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            await hangUp()
        }
    }

    /// One SIGHUP. The reload counts as done before the rules are compared: a packet filter that is locked must not let it
    /// fail.
    func hangUp() async {
        notifier.reloading()
        reload()
        await lookAtCertificate()
        notifier.ready(status: context.node.statusLine)
        await verify()
    }

    private func reload() {
        do {
            let next = try AgentConfig(SettingTable.agent.effective(file: configurationFile, flags: flags))
            if let path = next.tokenFile, let gate { gate.replace(token: try TokenGate.token(file: path)) }
            let words = next == running ? "" : "; other changed settings count after a restart"
            logger.notice("configuration read again\(words)", metadata: ["event": "\(JournalEvent.configReloaded)"])
        } catch {
            logger.error("the configuration was not taken over, the old one stays: \(error)")
        }
    }
}
