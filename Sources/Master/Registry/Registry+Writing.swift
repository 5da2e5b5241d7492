public import ClusterModel

/// Writes: each a compare-and-swap, so that nothing is ever overwritten unseen.
extension Registry {
    /// Gives a pod that has no minion to one. 404 when pod or minion do not exist, 409 when the pod has a minion.
    public func bind(_ binding: Binding) async throws(APIFailure) {
        let podRef = ObjectRef(.pod, namespace: binding.namespace, name: binding.podID)
        for _ in 0..<Self.attemptLimit {
            guard case .pod(var pod) = try await stored(podRef) else { break }
            let minion = try await stored(ObjectRef(.minion, name: binding.host))
            guard pod.desiredState.host.isEmpty else {
                throw .conflict("pod", binding.podID, "it is on minion \(pod.desiredState.host) already")
            }
            pod.desiredState.host = binding.host
            let transaction = StoreTransaction(
                conditions: [
                    .version(podRef.storeKey, pod.meta.resourceVersion),
                    .version(minion.ref.storeKey, minion.meta.resourceVersion),
                ],
                changes: [.put(podRef.storeKey, APIObject.pod(pod).document)])
            do throws(StoreError) {
                try await store.commit(transaction)
                return
            } catch  where error.code == .conflict {
                continue
            } catch {
                throw error.failure
            }
        }
        throw .conflict("pod", binding.podID, "others change it all the time")
    }

    /// Makes the object. 409 where there is one.
    func add(_ object: APIObject) async throws(APIFailure) -> APIObject {
        let ref = object.ref
        guard ref.hasStorableName else { throw .badRequest("'\(ref.name)' in namespace '\(ref.namespace)' is no name") }
        do {
            // Asked before anything is allocated for it.
            if try await store.get(ref.storeKey) != nil {
                throw APIFailure.alreadyExists(ref.kind.messageName, ref.name)
            }
            return try await write(object, if: .absent(ref.storeKey), allocating: true)
        } catch let error as StoreError where error.conflict?.key == ref.storeKey {
            throw .alreadyExists(ref.kind.messageName, ref.name)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Makes the object, or puts it in place of the one of its name. Nothing is allocated for it.
    func put(_ object: APIObject) async throws(APIFailure) -> APIObject {
        let key = object.ref.storeKey
        guard object.ref.hasStorableName else { return try await add(object) }
        for _ in 0..<Self.attemptLimit {
            do {
                let condition: StoreTransaction.Condition =
                    if let entry = try await store.get(key) { .version(key, entry.modified) } else { .absent(key) }
                return try await write(object, if: condition, allocating: false)
            } catch let error as StoreError where error.conflict?.key == key {
                continue
            } catch {
                throw Self.failure(error)
            }
        }
        throw .conflict(object.kind.messageName, object.meta.name, "others change it all the time")
    }

    /// Puts the object in place of the one of its name, whose version it must know.
    func replace(by wanted: APIObject) async throws(APIFailure) -> APIObject {
        let old = try await stored(wanted.ref)
        let key = wanted.ref.storeKey
        do {
            guard wanted.meta.resourceVersion == old.meta.resourceVersion else {
                throw StoreError(.conflict, "", conflict: .init(key: key, actual: old.meta.resourceVersion))
            }
            let object = try ObjectDefaults.updated(wanted, from: old)
            return try await write(object, if: .version(key, old.meta.resourceVersion), allocating: old.lacksAllocation)
        } catch let error as StoreError where error.conflict?.key == key {
            throw await staleUpdate(of: wanted, actual: error.conflict?.actual ?? 0)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Removes the object, of a service its endpoints too, and gives back what was allocated for it.
    func remove(_ ref: ObjectRef, version: UInt64?) async throws(APIFailure) {
        for _ in 0..<Self.attemptLimit {
            let object = try await stored(ref)
            let actual = object.meta.resourceVersion
            if let version, version != actual {
                throw .conflict(ref.kind.messageName, ref.name, "it has version \(actual), not \(version)")
            }
            var changes: [StoreTransaction.Change] = [.remove(ref.storeKey)]
            if ref.kind == .service {
                changes.append(.remove(ObjectRef(.endpoints, namespace: ref.namespace, name: ref.name).storeKey))
            }
            let transaction = StoreTransaction(conditions: [.version(ref.storeKey, actual)], changes: changes)
            do throws(StoreError) {
                try await commit(transaction, releasing: object)
                return
            } catch  where error.code == .conflict {
                continue
            } catch {
                throw error.failure
            }
        }
        throw .conflict(ref.kind.messageName, ref.name, "others change it all the time")
    }

    /// What etcd said of a stale compare-and-swap, and of an update that named no version (reference §6.2).
    private func staleUpdate(of object: APIObject, actual: UInt64) async -> APIFailure {
        let ref = object.ref
        if actual == 0 { return .notFound(ref.kind.messageName, ref.name) }
        var index = actual
        do { index = try await store.revision() } catch { index = actual }
        let given = object.meta.resourceVersion
        let why =
            given == 0
            ? "105: Key already exists (\(ref.etcdPath)) [\(index)]"
            : "101: Compare failed ([\(given) != \(actual)]) [\(index)]"
        return .conflict(ref.kind.messageName, ref.name, why)
    }

    static func failure(_ error: any Error) -> APIFailure {
        switch error {
        case let error as APIFailure: error
        case let error as StoreError: error.failure
        default: APIFailure(500, .internalError, "\(error)")
        }
    }
}

extension ObjectRef {
    /// Where the system of 2014 kept the object, for messages (reference §6.7).
    fileprivate var etcdPath: String {
        let folder =
            switch kind {
            case .pod: "pods"
            case .service: "services/specs"
            case .endpoints: "services/endpoints"
            case .replicationController: "controllers"
            case .minion: "minions"
            case .event: "events"
            }
        return kind.isNamespaced ? "/registry/\(folder)/\(namespace)/\(name)" : "/registry/\(folder)/\(name)"
    }
}
