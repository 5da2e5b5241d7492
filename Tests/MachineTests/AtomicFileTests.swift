import Glibc
import NodeKit
import Testing

@testable import Machine

@Suite struct AtomicFileTests {
    let folder: TestFolder
    let path: String

    init() throws {
        folder = try TestFolder()
        path = folder.path("state")
    }

    @Test func writesReadsAndOverwrites() throws {
        #expect(try AtomicFile.read(path, limit: 10) == nil)
        for content in ["first", "", "third\0"] {
            try AtomicFile.write(Array(content.utf8), to: path)
            #expect(try AtomicFile.read(path, limit: 10) == Array(content.utf8))
        }
        #expect(folder.names == ["state"])
    }

    @Test(arguments: [UInt16(0o600), 0o666, 0o640]) func theModeIsExact(mode: UInt16) throws {
        try put("before", at: path)
        try AtomicFile.write([], to: path, mode: mode)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == mode_t(mode))
    }

    @Test func aReaderSeesOneContentOrTheOther() async throws {
        let contents = [UInt8(1), 2].map { [UInt8](repeating: $0, count: 100_000) }
        try AtomicFile.write(contents[0], to: path)
        let writing = Task.detached { [path] in
            for number in 1...200 { try AtomicFile.write(contents[number % 2], to: path) }
        }
        for _ in 1...200 {
            let seen = try #require(try AtomicFile.read(path, limit: 100_000))
            #expect(contents.contains(seen))
        }
        try await writing.value
    }

    @Test func whatACrashLeftIsOverwritten() throws {
        try put("half a fi", at: path + ".new")
        try AtomicFile.write(Array("new".utf8), to: path)
        #expect(text(of: path) == "new")
        #expect(folder.names == ["state"])
    }

    @Test func aLinkInItsWayIsNotFollowed() throws {
        let foreign = folder.path("foreign")
        try put("foreign", at: foreign)
        #expect(symlink(foreign, path + ".new") == 0)
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: path) }
        #expect(error?.code == .unsuitable)
        #expect(text(of: foreign) == "foreign")
    }

    @Test func failuresHaveACodeAndWords() throws {
        let absent = "\(folder.path)/absent/state"
        let missing = #expect(throws: FileError.self) { try AtomicFile.write([], to: absent) }
        #expect(missing?.code == .missing)
        #expect(missing?.message == "open \(absent).new: No such file or directory")
        #expect(missing?.path == absent + ".new")

        #expect(mkdir(path, 0o700) == 0)
        let taken = #expect(throws: FileError.self) { try AtomicFile.write([], to: path) }
        #expect(taken?.code == .unsuitable)
        #expect(folder.names == ["state"])
    }

    @Test func readingIsBounded() throws {
        try put("12345", at: path)
        #expect(try AtomicFile.read(path, limit: 5) == Array("12345".utf8))
        let error = #expect(throws: FileError.self) { try AtomicFile.read(path, limit: 4) }
        #expect(error == FileError(.tooLarge, path, "\(path): 5 bytes, at most 4 are read"))
    }

    @Test func onlyRegularFilesAreRead() throws {
        #expect(mkfifo(path, 0o600) == 0)
        for path in [path, folder.path] {
            let error = #expect(throws: FileError.self) { try AtomicFile.read(path, limit: 5) }
            #expect(error?.code == .unsuitable)
        }
    }

    @Test func withoutSpaceTheOldContentStays() async throws {
        try put("old", at: path)
        await #expect(processExitsWith: .success) { [path = path as String] in
            limitFileSize(to: 100)
            let error = #expect(throws: FileError.self) {
                try AtomicFile.write([UInt8](repeating: 1, count: 101), to: path)
            }
            #expect(error?.code == .noSpace)
        }
        #expect(text(of: path) == "old")
        #expect(folder.names == ["state"])
    }

    @Test func aFullDiskIsToldFromOtherTrouble() throws {
        let device = open("/dev/full", O_WRONLY)
        defer { close(device) }
        #expect(write(device, "x", 1) == -1)
        #expect(
            FileError("write", "/x", errno: errno) == FileError(.noSpace, "/x", "write /x: No space left on device"))
    }
}

/// For tests in a process of their own: from here a file cannot grow beyond this, as on a full disk.
func limitFileSize(to bytes: UInt64) {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}
