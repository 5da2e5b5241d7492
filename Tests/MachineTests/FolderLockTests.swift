import Glibc
import Machine
import NodeKit
import Testing

@Suite struct FolderLockTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func oneHolderAtATime() throws {
        var lock: FolderLock? = try FolderLock(folder: folder.path)
        let error = #expect(throws: FileError.self) { try FolderLock(folder: folder.path) }
        #expect(error?.code == .inUse)
        #expect(error?.message == "\(folder.path) is used by another process, \(getpid())")
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try FolderLock(folder: folder.path)
    }

    @Test func itEndsWithTheProcess() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            let lock = try FolderLock(folder: path)
            withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
        }
        _ = try FolderLock(folder: folder.path)
    }

    @Test func aChildDoesNotHoldIt() async throws {
        var lock: FolderLock? = try FolderLock(folder: folder.path)
        // A grandchild that is left running.
        let output = try await CommandRunner().run(Command("sh", ["-c", "sleep 1000 & echo $!"]))
        let left = try #require(pid_t(output.outputText.dropLast()))
        defer { kill(left, SIGKILL) }
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try FolderLock(folder: folder.path)
        #expect(isAlive(left))
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        let error = #expect(throws: FileError.self) { try FolderLock(folder: folder.path("absent")) }
        #expect(error?.code == .missing)
    }
}
