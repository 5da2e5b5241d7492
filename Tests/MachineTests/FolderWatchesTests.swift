import Glibc
import NodeKit
import Testing

@testable import Machine

/// The watches without the thread: what has happened is in the queue when the call that did it returns.
@Suite struct FolderWatchesTests {
    let base: TestFolder
    let path: String

    init() throws {
        base = try TestFolder()
        path = base.path("folder")
        try #require(mkdir(path, 0o755) == 0)
    }

    @Test func onlyTheFolderIsHinted() throws {
        var watches = try FolderWatches(path: path)
        #expect(try !watches.takeEvents())
        try put("x", at: base.path("neighbour"))
        #expect(try !watches.takeEvents())
        try put("x", at: "\(path)/file")
        #expect(try watches.takeEvents())
        #expect(try !watches.takeEvents())
    }

    @Test func noWatchIsLeftBehind() throws {
        var watches = try FolderWatches(path: path)
        for number in 1...5 {
            try #require(rename(path, base.path("old\(number)")) == 0)
            #expect(try watches.takeEvents())
            try #require(mkdir(path, 0o755) == 0)
            #expect(try watches.takeEvents())
        }
        // One on the folder, one on the folder above: proc_pid_fdinfo(5).
        let info = try #require(text(of: "/proc/self/fdinfo/\(watches.descriptor)"))
        #expect(info.split(separator: "\n").count { $0.hasPrefix("inotify wd:") } == 2)
    }

    @Test func moreEventsThanTheKernelKeeps() throws {
        var watches = try FolderWatches(path: path)
        let kept = try #require(text(of: "/proc/sys/fs/inotify/max_queued_events").flatMap { Int($0.dropLast()) })
        // Equal events in a row are kept once, so the names alternate.
        for number in 0...kept { try put("", at: "\(path)/\(number % 2)") }
        // Of this the queue tells nothing any more.
        for name in ["0", "1"] { unlink("\(path)/\(name)") }
        try #require(rmdir(path) == 0 && mkdir(path, 0o755) == 0)
        #expect(try watches.takeEvents())
        try put("x", at: "\(path)/file")
        #expect(try watches.takeEvents())
    }

    @Test func aPathThatLeadsBackToTheFolderAbove() throws {
        let link = base.path("link")
        try #require(symlink(".", link) == 0)
        var watches = try FolderWatches(path: link)
        try put("x", at: base.path("file"))
        #expect(try watches.takeEvents())
        // Closed after writing; the name was there before.
        try put("y", at: base.path("file"))
        #expect(try watches.takeEvents())
    }

    @Test func whatIsUnmountedIsWatchedUnderneath() async {
        await #expect(processExitsWith: .success) {
            try enterMountNamespace()
            let base = try TestFolder()
            try #require(mount("tmpfs", base.path, "tmpfs", 0, nil) == 0)
            var watches = try FolderWatches(path: base.path)
            try #require(umount(base.path) == 0)
            #expect(try watches.takeEvents())
            try put("x", at: base.path("file"))
            #expect(try watches.takeEvents())
        }
    }
}
