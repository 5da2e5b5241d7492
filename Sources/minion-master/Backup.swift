import ArgumentParser
import Master

/// Copies the store.
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the SQLite store to a file, also while the master runs.",
        discussion: "The copy is of one moment, checked and synced. It goes back to cluster.db of the data folder.")

    @Argument(help: "The copy; it must not exist.")
    var file: String

    @Option(name: .customLong("data-dir"), help: "The data folder of the master.")
    var dataFolder = "/var/lib/minion-master"

    func run() throws {
        try SQLiteStore.backUp(folder: dataFolder, to: file)
    }
}
