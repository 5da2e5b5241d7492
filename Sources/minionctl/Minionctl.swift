import ArgumentParser

/// Drives and shows one node over its local socket, or over TCP with a token, or a cluster through its master.
@main
struct Minionctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minionctl",
        abstract: "Drives and shows a minion node, or with --master a cluster.",
        version: "minionctl 0.1.0",
        subcommands: [
            Apply.self, Delete.self, Explain.self, Get.self, Join.self, Logs.self, Renew.self, Status.self, Watch.self,
        ])
}
