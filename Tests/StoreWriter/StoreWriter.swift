import Glibc
import Master
import MasterKit

/// Works on a SQLite store and tells what it does, until it is killed: the victim of crash tests.
///
///     store-writer FOLDER ROUND
@main
struct StoreWriter {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let round = Int(CommandLine.arguments[2]) else {
            print("store-writer FOLDER ROUND")
            exit(2)
        }
        let store = try SQLiteStore(folder: CommandLine.arguments[1])
        let workload = RegisterWorkload(on: store, round: round) { say($0.text) }
        // More than 64 calls of one register would be more than the check can look at.
        try await workload.run(limit: 20)
        say("done")
        pause()
    }

    /// One write(2) per line: what was told is with the reader, however this ends.
    private static func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else { exit(3) }
    }
}
