import ArgumentParser

/// Drives and shows one node over its local socket, or over TCP with a token.
@main
struct Minionctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minionctl",
        abstract: "Drives and shows a minion node.",
        version: "minionctl 0.1.0",
        subcommands: [Apply.self, Delete.self, Get.self, Join.self, Renew.self, Status.self, Watch.self])
}
