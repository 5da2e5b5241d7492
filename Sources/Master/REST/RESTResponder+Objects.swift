import ClusterModel

extension RESTResponder {
    /// The answer to a question for objects, or the outcome of a change, or 202 when the change takes longer than the client
    /// wants to wait.
    /// - Throws: `APIFailure`.
    func object(_ route: RESTRoute, _ query: RESTQuery, _ body: [UInt8]) async throws(APIFailure) -> RESTAnswer {
        let namespace = query.namespace ?? ObjectMeta.defaultNamespace
        switch route {
        case .list(let resource):
            let selectors = try query.selectors()
            var list = try await registry.list(
                resource, namespace: query.namespace, labels: selectors.labels, fields: selectors.fields)
            if !query.showsReasons { list.items = list.items.map(\.withoutReason) }
            return .json(list.json())
        case .get(let resource, let name):
            let object = try await registry.get(resource, namespace: namespace, name: name)
            return .json((query.showsReasons ? object : object.withoutReason).json())
        case .create(let resource):
            let object = try ObjectBody.parse(body)
            // Their controller makes them with the service: a client that knows better says them all.
            let replaces = resource == .endpoints
            return try await change(query) { () async throws(APIFailure) -> RESTAnswer in
                switch try await registry.create(resource, namespace: namespace, object, replacing: replaces) {
                case .object(let created): .json(created.json())
                case .status(let status): .status(status)
                }
            }
        case .update(let resource, let name):
            let object = try ObjectBody.parse(body)
            return try await change(query) { () async throws(APIFailure) -> RESTAnswer in
                let updated = try await registry.update(resource, namespace: namespace, name: name, object)
                return .json((query.showsReasons ? updated : updated.withoutReason).json())
            }
        case .delete(let resource, let name):
            return try await change(query) { () async throws(APIFailure) -> RESTAnswer in
                try await registry.delete(resource, namespace: namespace, name: name)
                return .status(.success)
            }
        default: throw APIFailure(500, .internalError, "\(route) is not about objects")
        }
    }

    private func change(
        _ query: RESTQuery, _ body: @escaping @Sendable () async throws(APIFailure) -> RESTAnswer
    ) async throws(APIFailure) -> RESTAnswer {
        try await operations.answer(patience: query.patience) {
            do throws(APIFailure) {
                return try await body()
            } catch {
                return .status(error.status)
            }
        }
    }
}

extension APIObject {
    /// A pod without why it does not run: the answers of 2014, byte for byte.
    fileprivate var withoutReason: APIObject {
        guard case .pod(var pod) = self, !pod.currentState.message.isEmpty else { return self }
        pod.currentState.message = ""
        return .pod(pod)
    }
}
