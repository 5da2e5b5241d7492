import ArgumentParser
import Master

/// The cluster's master.
@main
struct MinionMaster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minion-master", abstract: "API server, scheduler and endpoints of a Minion cluster.",
        subcommands: [Backup.self])

    func run() async throws {}
}
