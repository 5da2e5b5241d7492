import ArgumentParser
import Master

/// Copies the store.
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the SQLite store to a file, also while the master runs.",
        discussion:
            "The copy is of one moment, checked and synced. It goes back to cluster.db of the data folder (--data-dir)."
    )

    @Argument(help: "The copy; it must not exist.")
    var file: String

    /// An option behind the name of a subcommand is the daemon's all the same: so `--data-dir` is found there.
    @ParentCommand var master: MinionMaster

    func run() throws {
        try SQLiteStore.backUp(folder: master.configuration().dataDir, to: file)
    }
}
