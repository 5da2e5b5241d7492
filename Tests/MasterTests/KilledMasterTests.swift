import AsyncHTTPClient
import ClusterModel
import MasterKit
import NodeKit
import Synchronization
import Testing

@testable import Master

/// Two processes of minion-master on one etcd, as they run on two machines.
@Suite("Two masters, of which the leader is killed with kill -9", .serialized, .withEtcd, .timeLimit(.minutes(3)))
struct KilledMasterTests {
    /// Acked writes before the kill, by both clients.
    private static let before = 60
    /// Acked writes under the next leader.
    private static let after = 20
    /// What the next leader may need beside the lease's time on a busy machine: to look, and to read the store.
    private static let slack = Duration.seconds(5)

    /// What clients were told.
    private final class Journal: Sendable {
        private struct State {
            /// The port that was acked last of each service.
            var ports: [String: Int] = [:]
            var acks = 0
            /// Acks that are waited for.
            var goal = Int.max
            var alarm: (acks: Int, ring: @Sendable () -> Void)?
        }

        private let state = Mutex(State())

        var ports: [String: Int] { state.withLock { $0.ports } }

        /// Whether there are `goal` acks.
        var isDone: Bool { state.withLock { $0.acks >= $0.goal } }

        func finish(after acks: Int) { state.withLock { $0.goal = $0.acks + acks } }

        /// Calls `ring` with the ack after which there are `acks`.
        func atAck(_ acks: Int, _ ring: @escaping @Sendable () -> Void) {
            state.withLock { $0.alarm = (acks, ring) }
        }

        func acked(_ name: String, port: Int) {
            let ring = state.withLock { state in
                state.ports[name] = port
                state.acks += 1
                return state.alarm.flatMap { $0.acks == state.acks ? $0.ring : nil }
            }
            ring?()
        }
    }

    /// Makes services and changes each once, one write after the other, until the journal is done or, where the master
    /// `isMortal`, until it does not answer any more. A write that is not acked may have been made all the same: its service is
    /// left alone.
    private func write(
        _ prefix: String, through master: MasterProcess, isMortal: Bool = false, _ journal: Journal
    ) async throws {
        func ask(_ method: String, _ path: String, _ body: String) async throws -> MasterUnderTest.Answer? {
            let answer: MasterUnderTest.Answer
            do { answer = try await master.ask(method, "/api/v1beta1/services\(path)?sync=true", body) } catch {
                guard isMortal else { throw error }
                return nil
            }
            try #require([200, 503].contains(answer.status), "\(answer.body)")
            return answer
        }
        var number = 0
        while !journal.isDone {
            number += 1
            let name = "\(prefix)\(number)"
            let body = #"{"id":"\#(name)","port":80,"selector":{"a":"b"}}"#
            guard let made = try await ask("POST", "", body) else { return }
            guard made.status == 200 else { continue }
            journal.acked(name, port: 80)
            let next = made.body.replacing(#""port":80"#, with: #""port":81"#)
            guard let changed = try await ask("PUT", "/\(name)", next) else { return }
            if changed.status == 200 { journal.acked(name, port: 81) }
        }
    }

    @Test("lose nothing that was acked through either, and give no address twice")
    func killedLeader() async throws {
        try await WithEtcd.store { store, etcd in
            try await MasterUnderTest.withClient { client in
                try await MasterProcess.run(on: etcd, client) { one in
                    try await eventually("the first leads") { try await one.leads() }
                    try await MasterProcess.run(on: etcd, client) { other in
                        try await kill(one, followedBy: other, store)
                    }
                }
            }
        }
    }

    private func kill(_ leader: MasterProcess, followedBy follower: MasterProcess, _ store: EtcdStore) async throws {
        let journal = Journal()
        let (deaths, death) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        journal.atAck(Self.before) {
            leader.kill()
            death.yield(.now)
            death.finish()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await write("l", through: leader, isMortal: true, journal) }
            group.addTask { try await write("f", through: follower, journal) }
            let killed = try #require(await deaths.first { _ in true })
            #expect(try await !follower.leads())
            try await eventually("the follower leads") { try await follower.leads() }
            #expect(ContinuousClock.now - killed < .seconds(ElectionTiming.standard.lease) + Self.slack)
            journal.finish(after: Self.after)
            try await group.waitForAll()
        }
        try await check(journal.ports, store)
    }

    private func check(_ acked: [String: Int], _ store: EtcdStore) async throws {
        let decoder = DocumentDecoder()
        let services = try await store.list("services", namespace: nil).entries.compactMap { entry in
            if case .service(let service) = try decoder.object(entry) { service } else { nil }
        }
        let ports = Dictionary(uniqueKeysWithValues: services.map { ($0.meta.name, $0.port) })
        // What was changed without an ack may be newer than what was acked, and not older.
        let lost = acked.filter { name, port in ports[name].map { $0 < port } ?? true }
        #expect(lost.isEmpty)
        #expect(acked.keys.contains { $0.hasPrefix("l") } && acked.keys.contains { $0.hasPrefix("f") })
        let addresses = services.map(\.portalIP)
        #expect(!addresses.contains("") && Set(addresses).count == addresses.count)
    }
}
