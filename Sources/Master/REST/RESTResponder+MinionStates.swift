import ClusterModel

extension RESTResponder {
    /// Every minion with its pod subnet and how it is, in order of the names: also what lists of minions leave out, because
    /// clients of 2014 know no such members, and no minion that is silent. `labels` narrows it.
    /// - Throws: `APIFailure` 400 for a selector that is none.
    func minionStates(_ query: RESTQuery) async throws(APIFailure) -> RESTAnswer {
        let labels = try query.selectors().labels
        let conditions = await mirror.minionConditions
        let items = await mirror.objects(.minion).filter { labels.matches($0.labels) }
            .sorted { $0.meta.name < $1.meta.name }
            .map { minion in
                var item = minion.itemJSON()
                item["currentState"] = .object(MinionCondition.Standing.json(conditions[minion.meta.name]?.standing))
                return JSONValue.object(item)
            }
        return .json(["kind": "MinionStateList", "apiVersion": "v1beta1", "items": .array(items)])
    }
}

extension MinionCondition.Standing {
    /// `{"status":"NotReady","reason":"…","message":"…"}`; of a minion that was never heard `standing` is `nil`.
    fileprivate static func json(_ standing: MinionCondition.Standing?) -> JSONObject {
        switch standing {
        case .ready: ["status": "Ready"]
        case .unschedulable(let reason, let message):
            ["status": "Unschedulable", "reason": .string(reason), "message": .string(message)]
        case .notReady(let reason, let message):
            ["status": "NotReady", "reason": .string(reason), "message": .string(message)]
        case .unreachable, nil:
            ["status": "NotReady", "reason": "Unreachable", "message": "it does not answer the master"]
        }
    }
}
