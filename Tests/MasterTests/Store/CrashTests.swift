import Glibc
import Machine
import MasterKit
import NodeKit
import Synchronization
import Testing

@testable import Master

/// kill -9 in the middle of the work, again and again: nothing acked is lost, and every register is one over all of it.
@Suite("Under kill -9", .serialized)
struct CrashTests {
    /// `MINION_CRASH_CYCLES` overrides both.
    private static let cycles = getenv("MINION_CRASH_CYCLES").flatMap { Int(String(cString: $0)) }
    /// Calls a client makes in one round: those of all are not more than one history may have.
    private static let callLimit = 20
    /// Lines told before the kill: from the first reads to nearly all of a round.
    private static let linesBeforeDeath = 5...250

    @Test("of the process, the store on SQLite keeps what it has acked")
    func sqlite() async throws {
        let folder = try TestFolder()
        let journal = RegisterJournal()
        let cycles = Self.cycles ?? 200
        for round in 0..<cycles {
            try await Victim(folder: folder.path, round: round).run(
                until: .random(in: Self.linesBeforeDeath), journal: journal)
        }
        let store = try SQLiteStore(folder: folder.path)
        try await check(journal, on: store, rounds: cycles)
        try store.close()
    }

    @Test("of its server, the store on etcd keeps what it has acked")
    func etcd() async throws {
        let server = try await EtcdServer()
        let journal = RegisterJournal()
        let cycles = Self.cycles ?? 200
        try await EtcdStore(endpoints: [server.endpoint]).closed { store in
            for round in 0..<cycles {
                try await crash(server, round: round, store: store, journal: journal)
            }
            try await check(journal, on: store, rounds: cycles)
        }
        await server.stop()
    }

    private func crash(_ server: EtcdServer, round: Int, store: EtcdStore, journal: RegisterJournal) async throws {
        let (due, feed) = AsyncStream.makeStream(of: Void.self)
        let remaining = Mutex(Int.random(in: Self.linesBeforeDeath))
        let workload = RegisterWorkload(on: store, round: round) { line in
            journal.note(line)
            let isDue = remaining.withLock { remaining in
                remaining -= 1
                return remaining == 0
            }
            if isDue { feed.finish() }
        }
        async let death: Void = {
            for await _ in due {}
            await server.kill()
        }()
        do throws(StoreError) {
            try await workload.run(limit: Self.callLimit)
        } catch {
            #expect(error.code == .unavailable)
        }
        feed.finish()
        await death
        try await server.start()
    }

    /// Reads everything once more, and looks at what all clients saw.
    private func check(_ journal: RegisterJournal, on store: any ClusterStore, rounds: Int) async throws {
        // Its calls have ids above those of the rounds before.
        let reader = RegisterWorkload(on: store, round: rounds) { journal.note($0) }
        for round in 0..<rounds { try await reader.readAll(of: round) }
        #expect(journal.impossible == [])
        #expect(journal.histories.count == rounds * RegisterWorkload.registers)
        #expect(journal.ackedSwaps > rounds, "there was nothing to lose")
    }
}

/// One store-writer, from its start to its kill.
private struct Victim {
    let folder: String
    let round: Int

    func run(until lineCount: Int, journal: RegisterJournal) async throws {
        let progress = Mutex((process: pid_t(0), lines: 0))
        let program = try builtProgram("store-writer")
        let command = Command("sh", ["-c", "echo $$; exec \"$@\"", "sh", program, folder, "\(round)"])
        let status = try await CommandRunner().stream(command) { text in
            if let line = RegisterWorkload.Line(text) { journal.note(line) }
            progress.withLock { progress in
                if progress.process == 0 { progress.process = pid_t(text) ?? 0 }
                progress.lines += 1
                if progress.lines == lineCount || text == "done" { kill(progress.process, SIGKILL) }
            }
        }
        #expect(status == .signalled(SIGKILL))
    }
}
