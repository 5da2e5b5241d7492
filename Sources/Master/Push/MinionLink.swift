import ClusterModel
import Logging
import Machine
import Synchronization
import Wire

/// What all links share.
struct PushContext: Sendable {
    let catalog: PushCatalog
    let observer: any MinionObserver
    let settings: PushSettings
    /// The name this master leads by.
    let master: String
    /// The term it leads with.
    let term: UInt64
    let dial: Pusher.Dial
    /// The store's newest revision.
    let storeRevision: @Sendable () async throws(StoreError) -> UInt64
    /// Told of a term not below ours that a minion has seen.
    let outrank: @Sendable (UInt64) async -> Void
    let time: MonotonicTime
    /// Random in 0..<1.
    let chance: @Sendable () -> Double
    let logger: Logger
}

/// One connection to one minion, made anew whenever it is lost. What is sent next `PushPlanner` says; here it is done.
final class MinionLink: Sendable {
    struct State {
        var planner: PushPlanner
        /// Whether the agent takes `Minion` objects, as it said last.
        var takesPeers = true
        var connection = PushStanding.Connection.lost(reason: "it was not dialled yet")
        /// The words of the last complaint about a certificate, so that it is logged once and not with every try.
        var complaint: String?
        /// When the minion was last heard of.
        var lastHeard: Duration?
        /// Why the session is to end.
        var end: PushError?
        /// Rung when there may be something to do; one per session.
        var bell: AsyncStream<Void>.Continuation?
    }

    let minion: String
    let address: MinionAddress
    let context: PushContext
    let state: Mutex<State>
    private let stopping: AsyncStream<Void>
    private let stopper: AsyncStream<Void>.Continuation

    init(minion: String, address: MinionAddress, context: PushContext) {
        self.minion = minion
        self.address = address
        self.context = context
        state = Mutex(State(planner: PushPlanner(settings: context.settings)))
        (stopping, stopper) = AsyncStream.makeStream()
    }

    // MARK: From outside

    /// Speaks with the minion until `stop` or the end of the task.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.keepConnected()
                self.stopper.finish()
            }
            for await _ in self.stopping {}
            group.cancelAll()
        }
    }

    /// Ends `run` soon.
    func stop() {
        stopper.finish()
    }

    /// Says that the catalog has changed.
    func ring() {
        _ = state.withLock { $0.bell }?.yield()
    }

    /// How far the newest change of `key` has got; `nil` when the minion is not concerned.
    func standing(of key: ObjectKey) -> PushStanding? {
        guard let change = context.catalog.change(of: key, for: minion) else { return nil }
        return state.withLock { state in
            guard key.kind != .minion || state.takesPeers else { return nil }
            let (phase, since) = state.planner.standing(of: change)
            return PushStanding(
                phase: phase, since: since, version: change.version, isRemoval: change.object == nil,
                connection: state.connection, lastHeard: state.lastHeard)
        }
    }

    // MARK: Connecting

    private func keepConnected() async {
        var backoff = Backoff(first: context.settings.firstRetry, last: context.settings.lastRetry)
        while !Task.isCancelled {
            let reason: any Error
            do {
                let connection = try await context.dial(address, PushSettings.linkLimits)
                try await WireSession.with(connection, token: context.settings.token) { try await converse($0) }
                reason = PushError(.ended, "the connection ended")
            } catch {
                reason = error
            }
            if Task.isCancelled { return }
            let wasServed = await lost(reason)
            if wasServed { backoff.reset() }
            // A newer leader soon ends this one's work. If there is none, the minion is asked again what it has seen.
            let isSuperseded = (reason as? PushError)?.code == .superseded
            let pause = isSuperseded ? context.settings.supersededRetry : backoff.next(context.chance())
            do { try await context.time.sleep(pause) } catch { return }
        }
    }

    /// Notes the end of a session, or that none began.
    /// - Returns: whether the minion had taken what it was given.
    private func lost(_ reason: any Error) async -> Bool {
        let (wasConnected, wasServed, lastHeard) = state.withLock { state in
            let wasConnected = state.connection == .connected
            let wasServed = state.planner.stage == .differences
            state.connection = .lost(reason: "\(reason)")
            state.planner.end()
            state.bell = nil
            state.end = nil
            return (wasConnected, wasServed, state.lastHeard)
        }
        if let end = reason as? PushError, end.code == .superseded {
            context.logger.error(
                "minion \(minion) follows a newer leader than term \(context.term); this master no longer writes to it: \(end)"
            )
            let standing = MinionCondition.Standing.notReady(reason: "StaleTerm", message: end.message)
            await context.observer.report(MinionCondition(standing, lastSeen: lastHeard), of: minion)
            if let term = end.term, term >= context.term { await context.outrank(term) }
            return wasServed
        }
        if let error = reason as? WireError, error.isAboutTLS { complain("\(error)") }
        if wasConnected { context.logger.warning("lost minion \(minion) at \(address): \(reason)") }
        context.logger.debug("minion \(minion) at \(address): \(reason)")
        await context.observer.report(MinionCondition(.unreachable, lastSeen: lastHeard), of: minion)
        return wasServed
    }

    private func complain(_ words: String) {
        let isNew = state.withLock { state in
            defer { state.complaint = words }
            return state.complaint != words
        }
        if isNew { context.logger.warning("minion \(minion) at \(address): \(words)") }
    }
}

extension WireError {
    /// Whether trying again does not help before somebody mends a certificate.
    fileprivate var isAboutTLS: Bool {
        switch code {
        case .certificateInvalid, .certificateRefused, .notTheProtocol: true
        default: false
        }
    }
}
