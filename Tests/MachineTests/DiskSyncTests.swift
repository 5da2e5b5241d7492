import Glibc
import NodeKit
import Synchronization
import Testing

@testable import Machine

/// What is synced before a write returns: the promise behind `received`, which no test with a kernel that lives on can see.
@Suite struct DiskSyncTests {
    let folder: TestFolder
    let path: String

    init() throws {
        folder = try TestFolder()
        path = folder.path("file")
    }

    /// Notes every sync together with what the file at `path` held at that moment, and fails from the call that it is told.
    private final class Disk: Sendable {
        let notes = Mutex<[String]>([])
        let failing = Atomic<Bool>(false)
        let path: String

        init(path: String) { self.path = path }

        var sync: DiskSync {
            DiskSync(
                file: { [self] descriptor, name in
                    var status = stat()
                    fstat(descriptor, &status)
                    return note("\(name.dropFirst(path.count - 4)), \(status.st_size) bytes")
                }, folder: { [self] _, _ in note("folder, file is \(text(of: path) ?? "absent")") })
        }

        private func note(_ words: String) -> Int32 {
            notes.withLock { $0.append(words) }
            guard failing.load(ordering: .relaxed) else { return 0 }
            errno = EIO
            return -1
        }

        /// The notes since the last call.
        func take() -> [String] {
            notes.withLock { notes in
                defer { notes = [] }
                return notes
            }
        }
    }

    @Test func aWrittenFileIsSyncedBeforeItGetsItsNameAndItsNameAfter() throws {
        let disk = Disk(path: path)
        try AtomicFile.write(Array("old".utf8), to: path, mode: 0o600, sync: disk.sync)
        #expect(disk.take() == ["file.new, 3 bytes", "folder, file is old"])
        try AtomicFile.write(Array("newer".utf8), to: path, mode: 0o600, sync: disk.sync)
        #expect(disk.take() == ["file.new, 5 bytes", "folder, file is newer"])
    }

    @Test func aFileThatCannotBeSyncedKeepsItsOldContent() throws {
        let disk = Disk(path: path)
        try AtomicFile.write(Array("old".utf8), to: path, mode: 0o600, sync: disk.sync)
        disk.failing.store(true, ordering: .relaxed)
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write(Array("newer".utf8), to: path, mode: 0o600, sync: disk.sync)
        }
        #expect(error?.message == "sync \(path).new: Input/output error")
        #expect(text(of: path) == "old")
    }

    @Test func aRecordIsSyncedBeforeAppendReturns() throws {
        let disk = Disk(path: path)
        let log = try AppendLog.open(path, sync: disk.sync).log
        #expect(disk.take() == ["folder, file is "], "a new log's name")
        try log.append([Array("one".utf8)])
        #expect(disk.take() == ["file, 13 bytes"])
        try log.append([Array("two".utf8), Array("three".utf8)])
        #expect(disk.take() == ["file, 41 bytes"], "one sync for all")
        try log.rewrite([Array("3".utf8)])
        #expect(disk.take() == ["file.new, 11 bytes", "folder, file is \(text(of: path) ?? "")"])
        try log.append([Array("4".utf8)])
        // Not the old file: an open one is called by the name it was written under.
        #expect(disk.take() == ["file.new, 22 bytes"])
    }

    @Test func aRecordThatCannotBeSyncedIsNotStored() throws {
        let disk = Disk(path: path)
        let log = try AppendLog.open(path, sync: disk.sync).log
        try log.append([Array("one".utf8)])
        disk.failing.store(true, ordering: .relaxed)
        #expect(throws: FileError.self) { try log.append([Array("two".utf8)]) }
        #expect(log.recordCount == 1)
        disk.failing.store(false, ordering: .relaxed)
        try log.append([Array("three".utf8)])
        let records = try AppendLog.open(path).records.map { String(decoding: $0, as: UTF8.self) }
        #expect(records == ["one", "three"])
    }

    @Test func aRepairedLogIsSyncedWithItsName() throws {
        try put("garbage\n", at: path)
        let disk = Disk(path: path)
        _ = try AppendLog.open(path, sync: disk.sync)
        #expect(disk.take() == ["file.new, 0 bytes", "folder, file is "])
    }
}
