import APIClient
import ClusterModel
import Hummingbird
import NIOCore
import NodeKit
import Testing

@testable import kubecfg

@Suite("Watches and the local proxy")
struct WatchTests {
    private static func event(_ type: String, _ id: String) -> String {
        #"{"type":"\#(type)","object":{"kind":"Pod","id":"\#(id)"}}"# + "\n"
    }

    @Test("events arrive whole, however the lines are cut")
    func events() async throws {
        let text = Self.event("ADDED", "a") + "\n" + Self.event("MODIFIED", "b") + Self.event("DELETED", "c")
        try await FakeServer.with(streaming: text.utf8.map { ByteBuffer(bytes: [$0]) }) { server in
            try await APIClient.with(try APIServer(server.url)) { client in
                var seen: [String] = []
                for try await event in try await client.watch(.pods, after: 0) {
                    guard case .string(let id)? = event.object["id"] else { continue }
                    seen.append("\(event.change.rawValue) \(id)")
                }
                #expect(seen == ["ADDED a", "MODIFIED b", "DELETED c"])
            }
        }
    }

    static let bad: [(String, APIError.Code, Int?)] = [
        (#"{"type":"ERROR","object":{"kind":"Status","message":"too old","code":410}}"# + "\n", .refused, 410),
        ("{}\n", .notUnderstood, nil), ("x\n", .notUnderstood, nil),
        (String(repeating: "x", count: 9000), .tooLarge, nil),
    ]

    @Test("an error, what is no event, and a line without end", arguments: bad)
    func fails(text: String, code: APIError.Code, status: Int?) async throws {
        try await FakeServer.with(streaming: [ByteBuffer(string: text)]) { server in
            var limits = APILimits()
            limits.eventLimit = 8192
            try await APIClient.with(try APIServer(server.url), limits: limits) { client in
                var events = try await client.watch(.pods, after: 7).makeAsyncIterator()
                let error = await #expect(throws: APIError.self) { try await events.next() }
                #expect(error?.code == code)
                #expect(error?.httpStatus == status)
            }
        }
    }

    @Test("a watch that is refused says why")
    func refused() async throws {
        try await FakeServer.with { server in
            try await APIClient.with(try APIServer(server.url)) { client in
                let error = await #expect(throws: APIError.self) { try await client.watch(.pods, after: 0) }
                #expect(error?.code == .refused)
            }
        }
    }

    /// What `body` sees of a proxy in front of `server`.
    private func proxied(
        _ server: FakeServer, folder: String = "", _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        try await APIClient.with(try APIServer(server.url)) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await LocalProxy(client: client, staticFolder: folder).run(port: 0) { port.yield($0) }
                }
                for await port in ports {
                    try await body("http://127.0.0.1:\(port)")
                    break
                }
                group.cancelAll()
            }
        }
    }

    @Test("the proxy passes requests and answers on, and shows a folder")
    func proxy() async throws {
        try await FakeServer.with { server in
            let folder = try TestFolder()
            try Files(folder: folder.path).write("a.txt", Array("hello".utf8))
            try await proxied(server, folder: folder.path) { url in
                #expect(try await APIClient.download(url + "/static/a.txt") == Array("hello".utf8))
                try await APIClient.with(try APIServer(url)) { client in
                    let created = try await client.create(["id": "a"], in: .pods, namespace: "n")
                    #expect(created["namespace"] == "n")
                    let error = await #expect(throws: APIError.self) {
                        try await client.get(.pods, "b", namespace: "n")
                    }
                    #expect(error?.message == "pod \"b\" not found")
                }
                let other = await #expect(throws: APIError.self) { try await APIClient.download(url + "/version") }
                #expect(other?.httpStatus == 404)
            }
            #expect(await server.cluster.received.map(\.method) == ["POST", "GET"])
        }
    }
}
