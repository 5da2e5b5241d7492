import Master
import MasterKit
import Testing

@Suite("The store in memory")
struct MemoryStoreTests {
    @Test("does in each case what every store does", arguments: StoreCase.all)
    func passes(_ story: StoreCase) async throws {
        try await story.run(on: MemoryBench())
    }
}

private struct MemoryBench: StoreBench {
    let memory = MemoryStore()

    var store: any ClusterStore { memory }

    func reopen() async throws { memory.cutWatches() }

    func forget(through revision: UInt64) async throws { memory.forget(through: revision) }
}
