import Logging
import Machine
import Settings
import UnixSignals

/// SIGHUP: the configuration is read again. A bad one changes nothing. The token counts from now on; for the rest
/// it is said that a restart is due.
struct Reload: Sendable {
    let configurationFile: String?
    let flags: [String: String]
    let gate: TokenGate?
    let running: AgentConfig
    let context: LinkContext
    let notifier: SystemdNotifier
    let logger: Logger

    /// Runs until it is cancelled.
    func run() async {
        var current = running
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            notifier.reloading()
            current = reload(current)
            notifier.ready(status: context.node.statusLine)
        }
    }

    private func reload(_ current: AgentConfig) -> AgentConfig {
        do {
            let next = try AgentConfig(SettingTable.agent.effective(file: configurationFile, flags: flags))
            if let path = next.tokenFile, let gate { gate.replace(token: try TokenGate.token(file: path)) }
            let words = next == running ? "" : "; other changed settings count after a restart"
            logger.notice("configuration read again\(words)", metadata: ["event": "\(JournalEvent.configReloaded)"])
            return next
        } catch {
            logger.error("the configuration was not taken over, the old one stays: \(error)")
            return current
        }
    }
}
