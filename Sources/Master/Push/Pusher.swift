public import ClusterModel
public import Logging
public import Machine
import Synchronization
public import Wire

/// Brings to every minion what it is to run, while this master leads, and what the minions say back to the mirror.
///
/// Each minion has a task of its own that reads the newest of what it lacks, so a slow or dead one delays nobody and costs a
/// window of requests.
public final class Pusher: Sendable {
    /// Connects to a minion; here TLS comes in.
    public typealias Dial = @Sendable (MinionAddress, LineLimits) async throws(WireError) -> LineConnection

    private struct State {
        var links: [String: MinionLink] = [:]
    }

    private let mirror: ClusterMirror
    let settings: PushSettings
    let dial: Dial
    private let outrank: @Sendable (UInt64) async -> Void
    private let time: MonotonicTime
    private let chance: @Sendable () -> Double
    private let logger: Logger
    private let state = Mutex(State())

    /// A pusher of what `mirror` knows.
    /// - Parameters:
    ///   - outrank: told of a term not below ours that a minion has seen, see `LeaderElection.outrank`; not more often than
    ///     `OutrankPace` lets it.
    ///   - dial: connects to a minion; the default is TCP without TLS.
    ///   - chance: random in 0..<1, for the waits between tries.
    public init(
        mirror: ClusterMirror, settings: PushSettings, time: MonotonicTime, logger: Logger,
        outrank: @escaping @Sendable (UInt64) async -> Void = { _ in },
        dial: @escaping Dial = Pusher.dialPlainly,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.mirror = mirror
        self.settings = settings
        self.time = time
        self.logger = logger
        self.dial = dial
        let pace = OutrankPace(time)
        self.outrank = { term in
            if let term = pace.take(term) { await outrank(term) }
        }
        self.chance = chance
    }

    /// Connects over TCP. Throws `connectFailed`.
    @Sendable public static func dialPlainly(
        _ address: MinionAddress, _ limits: LineLimits
    ) async throws(WireError) -> LineConnection {
        try await LineClient.connect(host: address.host, port: address.port, limits: limits)
    }

    /// Pushes as leader `master` of `term` until the task is cancelled, or the mirror begins anew. Begins when the mirror has
    /// everything: from half a picture minions would remove what is wanted.
    public func run(as master: String, term: UInt64) async {
        let feed = await mirror.subscribe()
        let context = PushContext(
            catalog: PushCatalog(settings: settings), observer: mirror, settings: settings, master: master, term: term,
            dial: dial, storeRevision: { [mirror] () async throws(StoreError) in try await mirror.askRevision() },
            outrank: outrank, time: time, chance: chance, logger: logger)
        let pace = RingPace(time) { [self] in ring($0) }
        await withDiscardingTaskGroup { group in
            group.addTask { await pace.run() }
            var isSynced = false
            var minions: [String: MinionAddress] = [:]
            while let changes = await feed.take() {
                let touched = context.catalog.apply(changes, revision: feed.revision)
                for change in changes { note(change, &minions, &isSynced) }
                if !isSynced { continue }
                // What a client waits for must not stand in the queue of the links that a change for all has woken.
                for link in follow(minions, context) { group.addTask(priority: .utility) { await link.run() } }
                ring(touched.minions)
                if touched.everybody { pace.add(minions.keys) }
            }
            group.cancelAll()
        }
        feed.close()
        state.withLock { $0.links = [:] }
    }

    private func note(
        _ change: ClusterChange, _ minions: inout [String: MinionAddress], _ isSynced: inout Bool
    ) {
        switch change {
        case .put(.minion(let minion)):
            minions[minion.meta.name] = MinionAddress(of: minion, port: settings.minionPort)
        case .removed(.minion(let minion), _): minions[minion.meta.name] = nil
        case .synced: isSynced = true
        case .put, .removed, .podStatus, .podGone, .minionCondition, .damaged: break
        }
    }

    /// Stops the links of minions that are gone or live elsewhere now.
    /// - Returns: new links, to be run.
    private func follow(_ minions: [String: MinionAddress], _ context: PushContext) -> [MinionLink] {
        let (ended, begun) = state.withLock { state in
            let ended = state.links.values.filter { minions[$0.minion] != $0.address }
            for link in ended { state.links[link.minion] = nil }
            var begun: [MinionLink] = []
            for (name, address) in minions where state.links[name] == nil {
                let link = MinionLink(minion: name, address: address, context: context)
                state.links[name] = link
                begun.append(link)
            }
            return (ended, begun)
        }
        for link in ended { link.stop() }
        return begun
    }

    private func ring(_ minions: some Sequence<String>) {
        let links = state.withLock { state in minions.compactMap { state.links[$0] } }
        for link in links { link.ring() }
    }

    // MARK: Explaining

    /// How far the newest change of an object has got on a minion; `nil` when the minion is not concerned, or unknown, or this
    /// master does not lead.
    public func standing(of object: ObjectRef, on minion: String) -> PushStanding? {
        guard let key = ObjectKey(object) else { return nil }
        return state.withLock { $0.links[minion] }?.standing(of: key)
    }

    /// The same for every minion that is concerned.
    public func standings(of object: ObjectRef) -> [String: PushStanding] {
        guard let key = ObjectKey(object) else { return [:] }
        return state.withLock { $0.links }.compactMapValues { $0.standing(of: key) }
    }
}
