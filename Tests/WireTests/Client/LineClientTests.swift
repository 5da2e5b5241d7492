import NodeKit
import Testing

@testable import Wire

@Suite struct LineClientTests {
    @Test func whereNobodyListensIsReported() async throws {
        let (listener, port) = try RawSocket.listen()
        listener.close()
        let refused = await #expect(throws: WireError.self) {
            try await LineClient.connect(host: "127.0.0.1", port: port)
        }
        #expect(refused?.code == .connectFailed)
        #expect(refused?.message == "cannot connect to 127.0.0.1:\(port)")
        let folder = try TestFolder()
        let missing = await #expect(throws: WireError.self) {
            try await LineClient.connect(unixPath: folder.path + "/none.sock")
        }
        #expect(missing?.code == .connectFailed)
    }

    @Test func aSocketFileIsConnectedTo() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/agent.sock"
        try await withServer(session: FakeAgent().session) { server, _ in
            try await server.bind(unixPath: path)
            let connection = try await LineClient.connect(unixPath: path)
            guard case .local = connection.peer else {
                Issue.record("not local: \(connection.peer)")
                return
            }
            #expect(try await WireSession.with(connection) { $0.ready.node } == "n1")
        }
    }

    @Test func sendingCanBeFinishedBeforeReading() async throws {
        try await withServer(session: describeLines) { _, port in
            let connection = try await LineClient.connect(host: "127.0.0.1", port: port)
            try await connection.send([Request(operation: .ping)])
            try await connection.finishSending()
            #expect(await connection.nextBatch() == [.line(number: 1, bytes: Array("line 1: 13 bytes".utf8))])
            #expect(await connection.nextBatch() == nil)
            await connection.close()
        }
    }
}
