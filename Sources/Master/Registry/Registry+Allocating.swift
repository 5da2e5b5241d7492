import ClusterModel

/// Writes that take an item of an allocator with them, or give one back, in one transaction.
extension Registry {
    /// Commits the object under `condition`; with `allocating`, together with the portal IP or pod net it gets.
    /// - Returns: the object with its new version.
    /// - Throws: `StoreError`, of a conflict with the object's key; `APIFailure` when nothing can be allocated.
    func write(
        _ object: APIObject, if condition: StoreTransaction.Condition, allocating: Bool
    ) async throws -> APIObject {
        switch object {
        case .service(let service) where allocating:
            return try await write(
                object, if: condition, from: portals, field: "portalIP", asked: IPv4Address(service.portalIP)
            ) { address in
                var service = service
                service.portalIP = address.description
                return .service(service)
            }
        case .minion(let minion) where allocating:
            guard let podNets else { break }
            return try await write(object, if: condition, from: podNets, field: "podCIDR", asked: minion.podCIDR) {
                net in
                var minion = minion
                minion.podCIDR = net
                return .minion(minion)
            }
        default: break
        }
        var object = object
        let transaction = StoreTransaction(
            conditions: [condition], changes: [.put(object.ref.storeKey, object.document)])
        object.meta.resourceVersion = try await store.commit(transaction)
        return object
    }

    private func write<Plan>(
        _ object: APIObject, if condition: StoreTransaction.Condition, from book: AllocationBook<Plan>, field: String,
        asked: Plan.Item?, _ place: (Plan.Item) -> APIObject
    ) async throws -> APIObject {
        for _ in 0..<Self.attemptLimit {
            let entry: AllocationBook<Plan>.Entry
            switch try await book.reserve(asked, for: object.ref) {
            case .success(let reserved): entry = reserved
            case .failure(let error) where error.code == .exhausted:
                // Another master may have given something back.
                throw APIFailure(503, .unavailable, error.description)
            case .failure(let error):
                throw APIFailure.refused(
                    object.meta, object.kind.messageName, .fieldValueInvalid, field, asked?.description ?? "",
                    error.description)
            }
            var placed = place(entry.item)
            let transaction = StoreTransaction(
                conditions: [condition, entry.condition],
                changes: [.put(object.ref.storeKey, placed.document), entry.change])
            do {
                let revision = try await store.commit(transaction)
                await book.settle(entry, at: revision)
                placed.meta.resourceVersion = revision
                return placed
            } catch {
                let isOvertaken = error.code == .conflict && error.conflict?.key != object.ref.storeKey
                await book.cancel(entry, isOvertaken: isOvertaken)
                // Another master was faster with the item: the next one then.
                guard isOvertaken else { throw error }
            }
        }
        throw APIFailure(503, .unavailable, "every \(field) that was free was taken by another master meanwhile")
    }

    /// Commits `transaction` together with the release of what `object`, which it removes, has allocated.
    func commit(_ transaction: StoreTransaction, releasing object: APIObject) async throws(StoreError) {
        switch object {
        case .service(let service):
            try await commit(transaction, releasing: IPv4Address(service.portalIP), of: object.ref, to: portals)
        case .minion(let minion):
            if let podNets {
                try await commit(transaction, releasing: minion.podCIDR, of: object.ref, to: podNets)
            } else {
                try await store.commit(transaction)
            }
        case .pod, .endpoints, .replicationController, .event:
            try await store.commit(transaction)
        }
    }

    private func commit<Plan>(
        _ transaction: StoreTransaction, releasing item: Plan.Item?, of owner: ObjectRef, to book: AllocationBook<Plan>
    ) async throws(StoreError) {
        guard let item, let entry = try await book.release(item, of: owner) else {
            try await store.commit(transaction)
            return
        }
        var transaction = transaction
        transaction.conditions.append(entry.condition)
        transaction.changes.append(entry.change)
        do {
            await book.settle(entry, at: try await store.commit(transaction))
        } catch {
            await book.cancel(entry)
            throw error
        }
    }
}

extension APIObject {
    /// Whether the object should have something allocated and has not.
    var lacksAllocation: Bool {
        switch self {
        case .service(let service): service.portalIP.isEmpty
        case .minion(let minion): minion.podCIDR == nil
        case .pod, .endpoints, .replicationController, .event: false
        }
    }
}
