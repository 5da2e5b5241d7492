import ArgumentParser
import Daemon
import Machine
import Master
import Settings

/// The master's command line: every flag is one setting of `SettingTable.master`; the table says what they mean.
@main
struct MinionMaster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minion-master",
        abstract: "API server, scheduler and controllers of a Minion cluster.",
        discussion: SettingTable.master.defaultsText,
        version: "minion-master \(MasterVersion.text)",
        subcommands: [Backup.self, Authority.self])

    @Option(help: "Configuration file.")
    var config: String?
    @OptionGroup var flags: MasterFlags
    @Flag(help: "Validate the configuration, print it with the origin of each value, and exit.")
    var check = false

    /// What the daemon would run with, for the subcommands.
    /// - Throws: `ConfigError`.
    func configuration() throws(ConfigError) -> MasterConfig {
        try MasterConfig(SettingTable.master.effective(file: config, flags: flags.given))
    }

    mutating func run() async throws {
        let configuration: MasterConfig
        do throws(ConfigError) {
            let settings = try SettingTable.master.effective(file: config, flags: flags.given)
            configuration = try MasterConfig(settings)
            if check {
                print(ConfigReport.text(settings), terminator: "")
                return
            }
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(ConfigError.exitStatus)
        }
        LogSetup.bootstrap(level: configuration.logLevel, identifier: "minion-master")
        do {
            try await MasterNode.run(configuration)
        } catch let error as MasterStartError {
            StandardError.say("minion-master: \(error)")
            throw ExitCode.failure
        }
    }
}
