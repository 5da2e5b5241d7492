import ClusterModel
import FoundationEssentials
import Logging
import Machine
import NodeKit
import Pods
import Settings
import Synchronization
import Testing

@testable import Agent

@Suite struct ReloadTests {
    @Test(arguments: ["/nonexistent/miniond.yaml", "/dev/null"])
    func aHangUpComparesTheRulesWhateverTheConfiguration(file: String) async throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/minion-reload-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let board = StatusBoard()
        let (_, changes) = AsyncStream<StatePatch>.makeStream()
        let store = try DesiredStore.open(
            path: "\(folder)/desired.log", hasRunBefore: false, board: board, changes: changes, makeUID: { "made" }
        ).store
        let log = RecordingLog()
        let context = LinkContext(
            nodeName: "yy2", store: store, board: board, gate: nil,
            decoder: ObjectDecoder(allowPrivileged: false, requirePortalIP: true), maxTransactionBytes: 1_000_000,
            logs: PodLogs(runtime: FakeRuntime()), started: .now, logger: log.logger)
        let config = try AgentConfig(SettingTable.agent.effective(file: "/dev/null", flags: [:]))
        let comparisons = Mutex(0)
        let reload = Reload(
            configurationFile: file, flags: [:], gate: nil, running: config, context: context,
            notifier: SystemdNotifier(), verify: { comparisons.withLock { $0 += 1 } },
            lookAtCertificate: {}, logger: log.logger)
        await reload.hangUp()
        #expect(comparisons.withLock { $0 } == 1)
        #expect(log.messages(with: "the configuration was not taken over").count == (file == "/dev/null" ? 0 : 1))
    }
}
