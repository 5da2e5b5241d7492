import ClusterModel
import Pods
import Wire

extension LinkReader {
    /// Begins to read a container's log. What is wrong with the question is answered at once, what the engine says later.
    /// - Throws: 404 for a pod or a container that is not wanted here, 422 where it must be said which container, 409 for an
    ///   id that is in use, 429 when the node reads `LogSlots.limit` logs.
    func logs(_ request: Request, _ query: LogQuery) throws(WireFault) {
        let (uid, container) = try target(of: query, request)
        let (slots, logs, outbox, id) = (link.context.logSlots, link.context.logs, link.outbox, request.id)
        let isLocal = if case .local = link.connection.peer { true } else { false }
        guard slots.take(isLocal: isLocal) else {
            throw WireFault(
                .tooManyRequests, "\(LogSlots.limit(isLocal: isLocal)) logs are read on this node already; end one",
                id: id,
                line: request.line)
        }
        let isBegun = link.logReaders.begin(
            id,
            read: {
                var last = Reply.end(id: id)
                do throws(RuntimeError) {
                    try await logs.read(query.pod, uid: uid, container: container, query.range) { line in
                        await outbox.push([.log(id: id, line)])
                    }
                } catch  where error.code == .cancelled {
                    // As it was asked to; its end is all there is to say.
                } catch {
                    last = .error(WireFault(error, id: id, line: request.line))
                }
                // Queued before the reader is counted out: a connection on which nothing is read any more may be closed.
                await outbox.push([last])
            },
            onEnd: {
                slots.give()
                outbox.markNode()
            })
        if !isBegun {
            slots.give()
            throw WireFault(.conflict, "a log with that id is read; cancel it first", id: id, line: request.line)
        }
    }

    private func target(
        of query: LogQuery, _ request: Request
    ) throws(WireFault) -> (uid: String, container: String) {
        guard let entry = link.context.board.entry(query.pod) else {
            throw WireFault(.notFound, "pod \"\(query.pod.name)\" not found", id: request.id, line: request.line)
        }
        guard case .pod(let pod)? = entry.wanted?.object else {
            let words = "pod \"\(query.pod.name)\" is being removed"
            throw WireFault(.notFound, words, id: request.id, line: request.line)
        }
        let names = pod.manifest.containers.map(\.name)
        let choice = names.joined(separator: ", ")
        guard let name = query.container ?? (names.count == 1 ? names[0] : nil) else {
            let cause = FieldCause(
                reason: .fieldValueRequired, field: "container", message: "is required: one of \(choice)")
            throw WireFault(.invalid, "\(cause)", causes: [cause], id: request.id, line: request.line)
        }
        guard names.contains(name) || name == ContainerLabels.network else {
            let words = "pod \"\(query.pod.name)\" has no container \"\(name)\"; it has \(choice)"
            throw WireFault(.notFound, words, id: request.id, line: request.line)
        }
        return (pod.meta.uid, name)
    }
}

extension WireFault {
    /// What came of a log, for request `id` on line `line`.
    init(_ error: RuntimeError, id: RequestID?, line: Int) {
        let reason: FaultReason =
            switch error.code {
            case .noSuchContainer: .notFound
            case .lineTooLong: .tooLarge
            case .unreachable, .unreadable, .deadlineExceeded, .cancelled: .unavailable
            default: .internalError
            }
        self.init(reason, error.message, id: id, line: line)
    }
}
