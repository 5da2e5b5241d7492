import ClusterModel
import Synchronization

@testable import Wire

/// An agent that keeps objects in memory and speaks the protocol, for the tests of its clients.
final class FakeAgent: Sendable {
    /// What it asks for; `nil` lets everybody in.
    let token: String?
    private let objects = Mutex<[JSONObject]>([])

    init(token: String? = nil) {
        self.token = token
    }

    @Sendable func session(_ connection: LineConnection) async {
        do {
            try await connection.send([.hello(Hello(auth: token == nil ? [] : [Hello.token]))])
            guard try await authenticate(connection) else { return }
            connection.trust()
            try await connection.send([.ready(Ready(node: "n1", agent: "fake 1", term: 2, applied: ["master": 7]))])
            while let lines = await connection.nextBatch() {
                for case .line(let number, let bytes) in lines {
                    try await connection.send(replies(to: bytes, number))
                }
            }
        } catch {
            // The client is gone.
        }
    }

    private func authenticate(_ connection: LineConnection) async throws -> Bool {
        guard let token else { return true }
        guard case .line(let number, let bytes)? = await connection.nextBatch(limit: 1)?.first else { return false }
        if try Request.parse(line: bytes, number: number).operation == .auth(token: token) { return true }
        try await connection.send([.error(WireFault(.unauthorized, "wrong token", line: number))])
        return false
    }

    private func replies(to bytes: [UInt8], _ number: Int) -> [Reply] {
        do throws(WireFault) {
            let request = try Request.parse(line: bytes, number: number)
            return replies(to: request)
        } catch {
            return [.error(error)]
        }
    }

    private func replies(to request: Request) -> [Reply] {
        guard let id = request.id else { return [] }
        switch request.operation {
        case .apply(.object(let object), let version):
            if object["id"] == "bad" { return [.error(WireFault(.invalid, "bad", id: id, line: request.line))] }
            objects.withLock { $0.append(object) }
            return [
                .ack(Ack(id: id, phase: .received, resourceVersion: version)),
                .ack(Ack(id: id, phase: .failed(reason: "ErrImagePull", message: "no", retryIn: .seconds(1)))),
                // Of somebody else: not to be mixed up.
                .pong(id: .string("stranger")),
                .ack(Ack(id: id, phase: .applied(took: .milliseconds(3)), resourceVersion: version)),
            ]
        case .remove: return [.ack(Ack(id: id, phase: .applied(took: .zero)))]
        case .cancel(let watch): return [.end(id: watch)]
        case .get(let query):
            // Two lines where there are two objects.
            let found = objects.withLock { $0 }
            return found.dropLast().map { .result(id: id, kind: query.kind, items: [$0], more: true) } + [
                .result(id: id, kind: query.kind, items: found.suffix(1))
            ]
        case .watch(let kinds):
            return kinds.map { .status(id: id, kind: $0, object: ["id": "x"]) } + [
                .synced(id: id), .status(id: id, kind: .pod, object: ["id": "x"], removed: true), .end(id: id),
            ]
        case .health:
            let count = HealthReport.Count(desired: 1, applied: 1)
            return [
                .health(
                    id: id, HealthReport(node: "n1", agent: "fake 1", uptime: .seconds(9), pods: count, services: count)
                )
            ]
        case .ping: return [.pong(id: id)]
        default: return []
        }
    }
}
