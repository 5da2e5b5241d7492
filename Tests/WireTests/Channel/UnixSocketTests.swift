import Glibc
import NodeKit
import Testing

@testable import Wire

/// Writes who the peer is.
@Sendable private func namePeer(_ connection: LineConnection) async {
    do {
        try await connection.sendText("\(connection.peer)\n")
    } catch {
        Issue.record(error)
    }
}

@Suite struct UnixSocketTests {
    private let folder: TestFolder
    private let path: String

    init() throws {
        folder = try TestFolder()
        path = folder.path + "/agent.sock"
    }

    private func mode() throws -> mode_t {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw RawSocket.Failure(call: "lstat") }
        return status.st_mode
    }

    private func refusal() async -> WireError? {
        let server = LineServer()
        let error = await #expect(throws: WireError.self) { try await server.bind(unixPath: path) }
        await server.shutdown()
        return error
    }

    @Test func theSocketIsForItsOwnerAndGoesWithTheServer() async throws {
        let server = LineServer()
        #expect(try await server.bind(unixPath: path) == .unix(path: path))
        #expect(try mode() == S_IFSOCK | 0o600)
        await server.shutdown()
        #expect(folder.names == [])
    }

    @Test func aPeerIsKnownByItsCredentials() async throws {
        let server = LineServer()
        try await server.bind(unixPath: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(namePeer) }
            let line = try await RawSocket.connect(path: path).readLine()
            #expect(line == "uid \(getuid()) pid \(getpid())")
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func aStaleSocketIsReplaced() async throws {
        try RawSocket.listen(path: path).close()
        #expect(folder.names == ["agent.sock"])
        let server = LineServer()
        try await server.bind(unixPath: path)
        #expect(try mode() == S_IFSOCK | 0o600)
        await server.shutdown()
    }

    @Test func aLivingSocketStays() async throws {
        let listener = try RawSocket.listen(path: path)
        let error = await refusal()
        #expect(error?.code == .addressInUse)
        #expect(error?.message == "somebody listens at \(path)")
        // It still answers.
        _ = try RawSocket.connect(path: path)
        listener.close()
    }

    @Test func aLivingSocketWithAFullQueueStays() async throws {
        let listener = try RawSocket.listen(path: path)
        var waiting: [RawSocket] = []
        try await eventually("the queue is full") {
            do {
                waiting.append(try RawSocket.connect(path: path, blocking: false))
                return false
            } catch let failure as RawSocket.Failure {
                return failure.code == EAGAIN
            }
        }
        #expect(await refusal()?.code == .addressInUse)
        #expect(folder.names == ["agent.sock"])
        listener.close()
    }

    @Test func aFileThatIsNoSocketStays() async throws {
        close(try folder.openFile("agent.sock"))
        let error = await refusal()
        #expect(error?.code == .addressInvalid)
        #expect(error?.message == "\(path) exists and is no socket")
        #expect(try mode() & S_IFMT == S_IFREG)
    }

    @Test func aLinkIsNotFollowed() async throws {
        let target = folder.path + "/target"
        try RawSocket.listen(path: target).close()
        #expect(symlink(target, path) == 0)
        #expect(await refusal()?.code == .addressInvalid)
        #expect(folder.names == ["agent.sock", "target"])
    }

    @Test func aPathThatCannotBeIsReported() async throws {
        let server = LineServer()
        for bad in [folder.path + "/missing/agent.sock", "/" + String(repeating: "x", count: 200)] {
            let error = await #expect(throws: WireError.self) { try await server.bind(unixPath: bad) }
            #expect(error?.code == .addressInvalid)
        }
        await server.shutdown()
    }

    @Test func theSocketOfASuccessorStays() async throws {
        let server = LineServer()
        try await server.bind(unixPath: path)
        unlink(path)
        let successor = try RawSocket.listen(path: path)
        await server.shutdown()
        #expect(folder.names == ["agent.sock"])
        successor.close()
    }
}
