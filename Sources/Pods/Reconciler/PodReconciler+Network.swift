import ClusterModel
import Logging
import Machine

/// The network that pods live in.
extension PodReconciler {
    /// Has pods live in `network` from here on. Those whose network container lives in another are built anew, which gives them
    /// another address. Returns at once.
    public func join(_ network: PodNetwork) {
        guard network != self.network else { return }
        self.network = network
        networkTrouble = nil
        isNetworkDue = network.subnet != nil
        if isNetworkDue { engine.nextComparison = time.now() }
        for key in records.keys.sorted() {
            guard let former = records[key]?.blueprint else { continue }
            let blueprint = PodBlueprint(former.desired, network: network)
            records[key]?.blueprint = blueprint
            records[key]?.memory.forgive { former.hashes[$0] != blueprint.hashes[$0] }
            records[key]?.version += 1
            poke(key)
        }
    }

    /// Makes the network for the start of a pod, unless pods live in another by now: who waited for a turn at the engine must
    /// not remove what was made meanwhile.
    func prepare(_ subnet: IPv4Network) async throws(RuntimeError) {
        guard network.subnet == subnet else {
            throw RuntimeError(.refused, "the pod network is not \(subnet) any more")
        }
        try await runtime.prepare(subnet)
        endWait(for: subnet)
    }

    /// The network is there: who waited for pods of the former one to end is started now, and not when its back-off ends.
    private func endWait(for subnet: IPv4Network) {
        guard network.subnet == subnet else { return }
        for key in records.keys.sorted() where records[key]?.memory.forgiveNetworkInUse() == true { poke(key) }
    }

    /// Makes the network, should no pod have made it: what is in its way is told before the first pod comes. What is wrong with
    /// one that is there is told too, and looked at again until somebody has mended it; what is well, when the engine's event
    /// stream has broken, as it does where the engine is upgraded.
    func keepNetwork() async {
        guard isNetworkDue, let subnet = network.subnet else { return }
        // Before the calls: a stream that breaks meanwhile makes it due again.
        isNetworkDue = false
        var trouble: String?
        do throws(RuntimeError) {
            try await prepare(subnet)
            trouble = try await runtime.networkWarning()
        } catch {
            // An engine that is away, or pods that are about to leave: it is tried again, and told of elsewhere.
            let isPassing = error.isEngineTrouble || error.code == .networkInUse || error.code == .deadlineExceeded
            trouble = isPassing ? "" : error.message
        }
        guard network.subnet == subnet else { return }
        if trouble != nil { isNetworkDue = true }
        let words = trouble.flatMap { $0.isEmpty ? nil : $0 }
        if let words, words != networkTrouble { logger.error("\(words)") }
        networkTrouble = words
    }

    /// Why nothing may be started as long as it is not known where.
    var networkObstacle: PodObstacle? {
        guard network == .undecided else { return nil }
        return PodObstacle(
            reason: "PodNetworkUnknown", message: "which of the Minion entries is this node's cannot be told yet")
    }
}
