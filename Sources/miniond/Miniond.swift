import Agent
import ArgumentParser
import Daemon
import Machine
import Settings

/// The daemon's command line: every flag is one setting of `SettingTable.agent`; the table says what they mean.
@main
struct Miniond: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "miniond",
        abstract: "Runs pods and serves services on this machine, as a master or the manifests folder says.",
        discussion: SettingTable.agent.defaultsText,
        version: "miniond \(AgentVersion.text)")

    @Option(help: "Configuration file.")
    var config: String?
    @OptionGroup var flags: SettingFlags
    @Flag(help: "Validate the configuration, print it with the origin of each value, and exit.")
    var check = false

    mutating func run() async throws {
        let configuration: AgentConfig
        do throws(ConfigError) {
            let settings = try SettingTable.agent.effective(file: config, flags: flags.given)
            configuration = try AgentConfig(settings)
            if let file = configuration.tokenFile { try Self.readToken(file) }
            if check {
                print(ConfigReport.text(settings), terminator: "")
                try await Self.checkCertificate(configuration)
                return
            }
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(ConfigError.exitStatus)
        }
        LogSetup.bootstrap(level: configuration.logLevel)
        do {
            try await NodeAgent.run(configuration, configurationFile: config, flags: flags.given)
        } catch let error as StartError {
            StandardError.say("miniond: \(error)")
            throw ExitCode.failure
        }
    }

    /// A token file that cannot be read is a mistake of the configuration: trying again would not mend it.
    private static func readToken(_ file: String) throws(ConfigError) {
        do throws(TokenFile.Failure) {
            _ = try TokenFile.read(file)
        } catch {
            throw ConfigError(problems: [.init(place: "tokenFile", message: error.description)])
        }
    }

    /// Prints whose certificate there is. One that cannot be used fails the check only: the node starts all the same, since
    /// services and the local socket need none.
    private static func checkCertificate(_ configuration: AgentConfig) async throws(ConfigError) {
        do {
            if let summary = try await configuration.tls.check() { print("# certificate of \(summary)") }
        } catch {
            throw ConfigError(problems: [
                .init(place: configuration.tls.certificate, message: "the certificate cannot be used: \(error)")
            ])
        }
    }
}
