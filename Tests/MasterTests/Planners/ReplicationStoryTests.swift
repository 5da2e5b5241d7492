import ClusterModel
import Testing

@testable import Master

@Suite struct ReplicationStoryTests {
    private func scale(_ replicas: Int, version: UInt64) -> ClusterChange {
        .put(.replicationController(Make.controller("web", replicas: replicas, version: version)))
    }

    /// A simulated cluster whose mirror lags and whose store fails now and then comes to rest at the wanted number.
    @Test(arguments: 0..<20)
    func fromAnyStateTheWantedNumberIsReached(_ seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let names = NameCounter()
        var planner = ReplicationPlanner { names.next() }
        planner.take(scale(0, version: 1), .synced)
        var store: [String: Pod] = [:]
        var told: [ClusterChange] = []
        var revision: UInt64 = 10
        var now = Duration.zero
        var wanted = 0
        for step in 0..<400 {
            now += .milliseconds(500)
            if step % 40 == 0, step < 300 {
                wanted = random.below(20)
                told.append(scale(wanted, version: UInt64(step)))
            }
            for write in planner.plan(now: now) {
                revision += 1
                let fate = step < 300 ? random.below(6) : 2
                if fate == 0 {
                    planner.settle(write, .unavailable("down"), now: now)
                    continue
                }
                let outcome = carryOut(write, in: &store, &told, revision)
                planner.settle(write, fate == 1 ? .unavailable("lost the answer") : outcome, now: now)
            }
            let count = step < 300 ? random.below(told.count + 1) : told.count
            planner.take(Array(told.prefix(count)))
            told.removeFirst(count)
        }
        #expect(store.count == wanted)
        #expect(planner.plan(now: now).isEmpty)
    }

    private func carryOut(
        _ write: ReplicationWrite, in store: inout [String: Pod], _ told: inout [ClusterChange], _ revision: UInt64
    ) -> WriteOutcome {
        switch write {
        case .create(var pod, _):
            guard store[pod.meta.name] == nil else { return .conflict }
            pod.meta.resourceVersion = revision
            store[pod.meta.name] = pod
            told.append(.pod(pod))
        case .delete(let name, let version, _, _):
            guard let pod = store[name.name], pod.meta.resourceVersion == version else { return .conflict }
            store[name.name] = nil
            told.append(.gone(pod, at: revision))
        }
        return .done(revision: revision)
    }
}
