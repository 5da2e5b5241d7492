import ClusterModel
import Synchronization

/// What all minions are to be given: services and endpoints once for all, their peers once for all that take them, pods per
/// minion. Links read it; the pusher feeds it.
final class PushCatalog: Sendable {
    /// Where the catalog stands, as one minion sees it.
    struct Position: Sendable, Equatable {
        /// Removals up to this number may have been forgotten.
        var floor: UInt64
        /// The newest revision that the mirror has seen.
        var revision: UInt64
    }

    /// Whom a batch of changes concerns.
    struct Touched: Sendable, Equatable {
        var everybody = false
        var minions: Set<String> = []
    }

    private struct State {
        var shared: DeliveryLog
        var peers: DeliveryLog
        /// Of registered minions, and of those that pods are bound to.
        var pods: [String: DeliveryLog] = [:]
        var minions: Set<String> = []
        var hosts: [ObjectKey: String] = [:]
        var sequence: UInt64 = 0
        var revision: UInt64 = 0
        /// Kinds of which not everything is known, because documents cannot be read.
        var incomplete: Set<ObjectKind> = []
        /// Who was given a full set up to this number may have kept what is no longer wanted.
        var completed: UInt64 = 0
        /// Used by all links that ask within `PushSettings.sharedSetAge` changes: a thousand that come back while pods come
        /// and go would else have a thousand sets made, and each would hold its own while it is sent.
        var sharedSet: SharedSet?
        /// Changes since it was made.
        var sharedSetAge = 0

        /// The newest change of what is shared.
        subscript(key: ObjectKey) -> DeliveryLog.Change? { key.kind == .minion ? peers[key] : shared[key] }

        /// Removals up to this number may have been forgotten, or not been told.
        func floor(of minion: String) -> UInt64 {
            max(shared.floor, peers.floor, pods[minion]?.floor ?? 0, completed)
        }

        /// Forgets the pods of a minion that is not registered once it has none: nobody will ask for what was removed.
        mutating func forgetLog(of minion: String) {
            if pods[minion]?.objectCount == 0, !minions.contains(minion) { pods[minion] = nil }
        }
    }

    private let settings: PushSettings
    private let state: Mutex<State>

    init(settings: PushSettings) {
        self.settings = settings
        let limit = settings.sharedRemovalLimit
        state = Mutex(State(shared: DeliveryLog(removalLimit: limit), peers: DeliveryLog(removalLimit: limit)))
    }

    // MARK: Feeding

    /// Takes changes of the mirror, whose newest revision is `revision`, and says whom they concern.
    func apply(_ changes: [ClusterChange], revision: UInt64) -> Touched {
        state.withLock { state in
            state.revision = max(state.revision, revision)
            var touched = Touched()
            for change in changes {
                switch change {
                case .put(let object):
                    if case .minion(let minion) = object { state.minions.insert(minion.meta.name) }
                    put(object, &state, &touched)
                case .removed(let last, let revision):
                    remove(last, at: revision, &state, &touched)
                    guard case .minion(let minion) = last else { break }
                    state.minions.remove(minion.meta.name)
                    state.forgetLog(of: minion.meta.name)
                case .damaged(let kind, let count): note(damage: count, of: kind, &state)
                case .podStatus, .podGone, .minionCondition, .synced: break
                }
            }
            return touched
        }
    }

    /// Minions that were given everything that could be read are given the whole set once it all can be.
    private func note(damage count: Int, of kind: APIKind, _ state: inout State) {
        guard let kind = ObjectKind(rawValue: kind.rawValue) else { return }
        if count > 0 {
            state.incomplete.insert(kind)
        } else if state.incomplete.remove(kind) != nil {
            state.completed = state.sequence
        }
    }

    private func put(_ object: APIObject, _ state: inout State, _ touched: inout Touched) {
        guard let encoded = EncodedObject(object) else {
            // What cannot be given (any more) is no longer given.
            remove(object, at: object.meta.resourceVersion, &state, &touched)
            return
        }
        switch object {
        case .pod(let pod):
            let host = pod.desiredState.host
            if let former = state.hosts[encoded.key], former != host {
                note(pod: encoded.key, on: former, encoded.version, nil, &state, &touched)
            }
            state.hosts[encoded.key] = host.isEmpty ? nil : host
            if !host.isEmpty { note(pod: encoded.key, on: host, encoded.version, encoded, &state, &touched) }
        case .service(let service) where service.portalIP.isEmpty:
            // An agent refuses it (PROTOCOL "Objects"), and with it the whole set; it comes again once it has its portal IP.
            if state.shared[encoded.key]?.object != nil { share(encoded.key, encoded.version, nil, &state, &touched) }
        case .minion:
            if let known = state.peers[encoded.key]?.object, known.says(theSameAs: encoded) { return }
            share(encoded.key, encoded.version, encoded, &state, &touched)
        default: share(encoded.key, encoded.version, encoded, &state, &touched)
        }
    }

    private func remove(_ last: APIObject, at revision: UInt64, _ state: inout State, _ touched: inout Touched) {
        guard let key = ObjectKey(last.ref) else { return }
        if key.kind == .pod {
            guard let host = state.hosts.removeValue(forKey: key) else { return }
            note(pod: key, on: host, revision, nil, &state, &touched)
        } else if state[key]?.object != nil {
            share(key, revision, nil, &state, &touched)
        }
    }

    private func note(
        pod key: ObjectKey, on minion: String, _ version: UInt64, _ object: EncodedObject?, _ state: inout State,
        _ touched: inout Touched
    ) {
        state.sequence += 1
        state.pods[minion, default: DeliveryLog(removalLimit: settings.podRemovalLimit)].add(
            DeliveryLog.Change(sequence: state.sequence, key: key, version: version, object: object))
        if object == nil { state.forgetLog(of: minion) }
        touched.minions.insert(minion)
    }

    private func share(
        _ key: ObjectKey, _ version: UInt64, _ object: EncodedObject?, _ state: inout State, _ touched: inout Touched
    ) {
        state.sequence += 1
        state.sharedSetAge += 1
        // Nobody is given it any more, and it holds what the logs have let go.
        if state.sharedSetAge >= settings.sharedSetAge { state.sharedSet = nil }
        let change = DeliveryLog.Change(sequence: state.sequence, key: key, version: version, object: object)
        if key.kind == .minion {
            state.peers.add(change)
        } else {
            state.shared.add(change)
        }
        touched.everybody = true
    }

    // MARK: Reading

    /// Where the catalog stands for `minion`.
    func position(of minion: String) -> Position {
        state.withLock { state in
            Position(
                floor: state.floor(of: minion),
                revision: state.revision)
        }
    }

    /// The next changes for `minion` after number `sequence`, at most `limit`.
    /// - Parameter peers: whether it takes its peers (`Ready.takes`).
    func changes(
        for minion: String, after sequence: UInt64, limit: Int, peers: Bool = true
    ) -> [DeliveryLog.Change] {
        state.withLock { state in
            var shared = state.shared.changes(after: sequence, limit: limit)
            if peers { shared += state.peers.changes(after: sequence, limit: limit) }
            let own = state.pods[minion]?.changes(after: sequence, limit: limit) ?? []
            return Array((shared + own).sorted { $0.sequence < $1.sequence }.prefix(limit))
        }
    }

    /// The newest change of `key`, if `minion` is concerned.
    func change(of key: ObjectKey, for minion: String) -> DeliveryLog.Change? {
        state.withLock { state in key.kind == .pod ? state.pods[minion]?[key] : state[key] }
    }

    /// Everything that `minion` is to have; of what all have, changes may be missing that the set's number does not include.
    /// - Parameters:
    ///   - revision: the set is not older than this, as far as the mirror is not.
    ///   - peers: whether it takes its peers (`Ready.takes`).
    func fullSet(for minion: String, atLeast revision: UInt64 = 0, peers: Bool = true) -> FullSet {
        state.withLock { state in
            let shared = sharedSet(&state, floor: state.floor(of: minion), revision: min(revision, state.revision))
            return FullSet(
                shared: shared, peers: peers, podRevision: state.revision,
                pods: state.pods[minion]?.objects(.pod) ?? [],
                incomplete: state.incomplete)
        }
    }

    /// The one that is there, where removals since are known and it is new enough, or a new one.
    private func sharedSet(_ state: inout State, floor: UInt64, revision: UInt64) -> SharedSet {
        if let known = state.sharedSet, known.sequence >= floor, known.revision >= revision { return known }
        let made = SharedSet(
            services: state.shared.objects(.service), endpoints: state.shared.objects(.endpoints),
            minions: state.peers.objects(.minion), sequence: state.sequence, revision: state.revision,
            partBytes: settings.partBytes)
        state.sharedSet = made
        state.sharedSetAge = 0
        return made
    }
}
