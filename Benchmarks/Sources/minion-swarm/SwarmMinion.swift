/// One minion of the swarm: what it would have on its disk, and the session it has with its master.
final class SwarmMinion {
    let index: Int
    /// The address it listens on, which is its name too.
    let name: String
    /// The newest version that is stored.
    var applied: UInt64 = 0
    /// The highest term seen.
    var term: UInt64 = 0
    var pods: [ObjectKey: SwarmPod] = [:]
    /// The connection of the newest session.
    var session: SwarmSession?
    private var addresses = 0

    init(index: Int, name: String) {
        self.index = index
        self.name = name
    }

    /// Takes a pod as it is given, and returns it as it runs; `nil` where it runs so already.
    func run(_ key: ObjectKey, _ line: JSONSkim, _ object: Range<Int>, version: UInt64) -> SwarmPod? {
        let known = pods[key]
        guard known == nil || known?.version != version else { return nil }
        let address = known?.address ?? nextAddress()
        let pod = SwarmPod(line, object, version: version, address: address)
        pods[key] = pod
        return pod
    }

    /// As a minion of a net of its own would give it: 10.128.0.2 is the first of the first.
    private func nextAddress() -> String {
        defer { addresses += 1 }
        return "10.\(128 + index / 256).\(index % 256).\(2 + addresses % 250)"
    }
}
