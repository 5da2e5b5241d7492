public import ClusterModel

extension Registry {
    /// Makes records and objects agree (reference §6.3): a service without portal IP gets one, as a minion its pod net, what
    /// nobody has any more is released. Done by a master that begins to lead, before it serves writes.
    /// - Returns: what was done and what nobody can decide, in words for the journal.
    public func repairAllocations() async throws(APIFailure) -> [String] {
        do {
            var words = try await repair(portals, of: .service) { object in
                if case .service(let service) = object { IPv4Address(service.portalIP) } else { nil }
            }
            if let podNets {
                words += try await repair(podNets, of: .minion) { object in
                    if case .minion(let minion) = object { minion.podCIDR } else { nil }
                }
            }
            return words
        } catch {
            throw Self.failure(error)
        }
    }

    private func repair<Plan>(
        _ book: AllocationBook<Plan>, of kind: APIKind, _ item: (APIObject) -> Plan.Item?
    ) async throws -> [String] {
        try await book.reload()
        var objects: [ObjectRef: APIObject] = [:]
        var owners: [AllocationRepair<Plan>.Owner] = []
        var unreadable: [ObjectRef: StoreError] = [:]
        for entry in try await store.list(Resource(kind).rawValue, namespace: nil).entries {
            let object: APIObject
            do throws(StoreError) {
                object = try documents.object(entry)
            } catch {
                // What it has stays recorded for it.
                if let ref = ObjectRef(entry.key) { unreadable[ref] = error }
                continue
            }
            objects[object.ref] = object
            owners.append(.init(ref: object.ref, item: item(object), created: entry.created))
        }
        let plan = book.plan
        let holders = try await book.holders().filter { unreadable[$0.value] == nil }
        let repair = AllocationRepair(plan: plan, owners: owners, holders: holders)
        var words = repair.findings + unreadable.values.map { "\(plan.itemName): \($0)" }.sorted()
        for step in repair.steps {
            do {
                words.append(try await take(step, book, objects))
            } catch let error as StoreError where error.code == .conflict {
                words.append("\(step) was overtaken by another change")
            } catch let error as APIFailure {
                words.append("\(step) failed: \(error)")
            }
        }
        return words
    }

    private func take<Plan>(
        _ step: AllocationRepair<Plan>.Step, _ book: AllocationBook<Plan>, _ objects: [ObjectRef: APIObject]
    ) async throws -> String {
        switch step {
        case .allocate(let ref):
            guard let object = objects[ref] else { break }
            let version = object.meta.resourceVersion
            _ = try await write(object, if: .version(ref.storeKey, version), allocating: true)
            return "\(ref) had no \(book.plan.itemName) and got one"
        case .claim(let item, let ref):
            try await commit(await book.claim(item, for: ref), book, of: ref, objects[ref])
            return "\(ref) has the \(book.plan.itemName) \(item), of which there was no record"
        case .release(let item, let ref):
            try await commit(await book.release(item, of: ref), book, of: ref, objects[ref])
            return "the \(book.plan.itemName) \(item) was recorded for \(ref), which does not have it: released"
        }
        return "\(step) is not needed any more"
    }

    /// Commits a record as long as its owner is what it was.
    private func commit<Plan>(
        _ entry: AllocationBook<Plan>.Entry?, _ book: AllocationBook<Plan>, of ref: ObjectRef, _ owner: APIObject?
    ) async throws(StoreError) {
        guard let entry else { return }
        var conditions = [entry.condition]
        if let owner {
            conditions.append(.version(ref.storeKey, owner.meta.resourceVersion))
        } else if ref.hasStorableName {
            conditions.append(.absent(ref.storeKey))
        }
        do {
            let revision = try await store.commit(StoreTransaction(conditions: conditions, changes: [entry.change]))
            await book.settle(entry, at: revision)
        } catch {
            await book.cancel(entry)
            throw error
        }
    }
}
