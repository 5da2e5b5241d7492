import ClusterModel
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
        let folder = try TestFolder()
        defer { withExtendedLifetime(folder) {} }
        let log = RecordingLog()
        let context = try LinkContext.fresh(in: folder, logger: log.logger)
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
