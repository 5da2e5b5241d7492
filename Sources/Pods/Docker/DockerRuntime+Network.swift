public import ClusterModel
import Machine

extension DockerRuntime {
    /// See `ContainerRuntime`. One call where the network is as it should be, so every start of a pod may ask.
    public func prepare(_ subnet: IPv4Network) async throws(RuntimeError) {
        if try await isPrepared(subnet) { return }
        do throws(RuntimeError) {
            try await create(subnet)
        } catch  where error.code == .nameConflict {
            // Another pod's worker was quicker.
            guard try await isPrepared(subnet) else { throw error }
        } catch  where error.code == .networkConflict {
            throw RuntimeError(
                .networkConflict,
                "the pod network \(subnet) cannot be made: \(error.message); remove the network that has these addresses, or "
                    + "give this minion another podCIDR")
        }
    }

    /// See `ContainerRuntime`. A network made by an engine that did not know the open gateway mode is closed by its successor.
    public func networkWarning() async throws(RuntimeError) -> String? {
        guard let found = try await foundNetwork(), !found.hasOpenGateway else { return nil }
        let version = try await docker(PodNetworkWords.engineVersion, deadline: deadlines.network)
        guard version.status.isSuccess else { throw DockerFailure.error(version) }
        return PodNetworkWords.gatewayWarning(found, engine: version.outputText)
    }

    /// The network as the engine has it; `nil` where there is none.
    private func foundNetwork() async throws(RuntimeError) -> FoundNetwork? {
        let output = try await docker(PodNetworkWords.inspect, deadline: deadlines.network)
        guard output.status.isSuccess else {
            let error = DockerFailure.error(output)
            if error.code == .noSuchNetwork { return nil }
            throw error
        }
        return try PodNetworkWords.found(output.standardOutput)
    }

    /// Whether the network is there as it should be. One of ours that is otherwise is removed.
    private func isPrepared(_ subnet: IPv4Network) async throws(RuntimeError) -> Bool {
        guard let found = try await foundNetwork() else { return false }
        guard found.owner == owner else {
            throw RuntimeError(
                .networkConflict,
                "the engine has a network \(PodNetworkWords.name) that is not this agent's: remove it (docker network rm "
                    + "\(PodNetworkWords.name)), or set podNetwork to docker")
        }
        if PodNetworkWords.isAsWanted(found, subnet) { return true }
        // By its id: a network of this name that another worker has just made is another.
        let removal = try await docker(PodNetworkWords.remove(found.id), deadline: deadlines.network)
        guard removal.status.isSuccess else {
            let error = DockerFailure.error(removal)
            if error.code == .noSuchNetwork { return false }
            throw error
        }
        return false
    }

    private func create(_ subnet: IPv4Network) async throws(RuntimeError) {
        for isOpen in [true, false] {
            let words = PodNetworkWords.create(subnet, owner: owner, isOpen: isOpen)
            let output = try await docker(words, deadline: deadlines.network)
            if output.status.isSuccess { return }
            let error = DockerFailure.error(output)
            guard isOpen, PodNetworkWords.isUnknownGatewayMode(error.message) else { throw error }
        }
    }
}
