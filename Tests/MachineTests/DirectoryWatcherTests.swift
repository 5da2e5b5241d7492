import Glibc
import NodeKit
import Synchronization
import Testing

@testable import Machine

@Suite struct DirectoryWatcherTests {
    let base: TestFolder
    let path: String

    init() throws {
        base = try TestFolder()
        path = base.path("a/manifests")
    }

    /// Counts hints until it is let go of.
    private final class Counter: Sendable {
        private let count = Mutex(0)
        private let isOver = Mutex(false)
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ watcher: DirectoryWatcher) {
            task.withLock { task in
                task = Task {
                    for await _ in watcher { self.count.withLock { $0 += 1 } }
                    self.isOver.withLock { $0 = true }
                }
            }
        }

        var hints: Int { count.withLock { $0 } }
        var hasEnded: Bool { isOver.withLock { $0 } }
        func cancel() { task.withLock { $0?.cancel() } }

        /// Awaits that nothing more comes of what was done before.
        func settle() async throws {
            var same = 0
            var last = hints
            try await eventually("hints stop coming") {
                same = hints == last ? same + 1 : 0
                last = hints
                return same == 10
            }
        }

        /// Does it, and awaits a hint that nothing before it has caused.
        func expectHint(_ what: String, _ change: () throws -> Void) async throws {
            try await settle()
            let before = hints
            try change()
            try await eventually("a hint that \(what)") { hints > before }
        }
    }

    private func makeFolder(_ path: String) throws { try #require(mkdir(path, 0o755) == 0, "\(path)") }
    private func move(_ from: String, _ to: String) throws { try #require(rename(from, to) == 0) }

    /// Watches, and takes the first hint, which comes by itself.
    private func watch() async throws -> Counter {
        let counter = Counter(try DirectoryWatcher(path: path))
        try await eventually("the first hint") { counter.hints == 1 }
        return counter
    }

    @Test func changesInTheFolderAreHinted() async throws {
        try makeFolder(base.path("a"))
        try makeFolder(path)
        let counter = try await watch()
        let file = "\(path)/web.yaml"
        try await counter.expectHint("a file was written") { try put("x", at: file) }
        try await counter.expectHint("a file was moved in") {
            try put("y", at: base.path("new"))
            try move(base.path("new"), file)
        }
        try await counter.expectHint("a file was moved out") { try move(file, base.path("out")) }
        try await counter.expectHint("a link was made") { try #require(symlink("/etc/hosts", file) == 0) }
        try await counter.expectHint("a link was removed") { try #require(unlink(file) == 0) }
        #expect(!counter.hasEnded)
    }

    @Test func theFolderMayComeAndGo() async throws {
        let counter = try await watch()
        for _ in 1...3 {
            try await counter.expectHint("the folder came") {
                try makeFolder(base.path("a"))
                try makeFolder(path)
            }
            try await counter.expectHint("a file came") { try put("x", at: "\(path)/web.yaml") }
            try await counter.expectHint("the folder went") {
                unlink("\(path)/web.yaml")
                rmdir(path)
                rmdir(base.path("a"))
            }
        }
    }

    @Test func aFolderMovedIntoPlaceIsFollowed() async throws {
        try makeFolder(base.path("a"))
        try makeFolder(path)
        try makeFolder(base.path("b"))
        let counter = try await watch()
        try await counter.expectHint("the folder was moved away") { try move(path, base.path("old")) }
        try await counter.expectHint("another took its place") { try move(base.path("b"), path) }
        try await counter.expectHint("a file came in the new one") { try put("x", at: "\(path)/web.yaml") }
        try await counter.settle()
        let before = counter.hints
        try put("x", at: base.path("old/web.yaml"))
        try await counter.settle()
        #expect(counter.hints == before)
    }

    @Test func aFolderThatIsStillOpenIsFollowedToo() async throws {
        // IN_DELETE_SELF comes only when the last user has gone: a shell that stands in the folder, for one.
        try makeFolder(base.path("a"))
        try makeFolder(path)
        let open = try #require(opendir(path))
        defer { closedir(open) }
        let counter = try await watch()
        try await counter.expectHint("the folder went") { try #require(rmdir(path) == 0) }
        try await counter.expectHint("the folder came") { try makeFolder(path) }
        try await counter.expectHint("a file came") { try put("x", at: "\(path)/web.yaml") }
    }

    @Test func aLinkPointedElsewhereIsFollowed() async throws {
        try makeFolder(base.path("a"))
        for name in ["one", "two"] { try makeFolder(base.path(name)) }
        try #require(symlink(base.path("one"), path) == 0)
        let counter = try await watch()
        try await counter.expectHint("a file came in one") { try put("x", at: base.path("one/x")) }
        try await counter.expectHint("the link was switched") {
            try #require(symlink(base.path("two"), path + ".new") == 0)
            try move(path + ".new", path)
        }
        try await counter.expectHint("a file came in two") { try put("x", at: base.path("two/x")) }
    }

    @Test func aFileInItsPlaceIsNoFolder() async throws {
        try makeFolder(base.path("a"))
        try put("not a folder", at: path)
        let counter = try await watch()
        try await counter.expectHint("the folder came") {
            try #require(unlink(path) == 0)
            try makeFolder(path)
        }
    }

    @Test func hintsThatNobodyTakesBecomeOne() async throws {
        try makeFolder(base.path("a"))
        try makeFolder(path)
        let watcher = try DirectoryWatcher(path: path)
        for number in 1...1000 { try put("", at: "\(path)/\(number)") }
        let counter = Counter(watcher)
        try await counter.expectHint("a file came after the others") { try put("x", at: "\(path)/last") }
        #expect(counter.hints < 1000)
    }

    @Test func cancellationEndsItAndClosesEverything() async {
        await #expect(processExitsWith: .success) {
            let base = try TestFolder()
            func watchAndCancel() async throws {
                let counter = Counter(try DirectoryWatcher(path: base.path("absent/folder")))
                try await eventually("the first hint") { counter.hints == 1 }
                counter.cancel()
                try await eventually("the end") { counter.hasEnded }
                // Let go of without a look at it.
                _ = try DirectoryWatcher(path: base.path)
            }
            for _ in 1...20 { try await watchAndCancel() }
            try await eventually("all instances are closed") {
                try await CommandRunner().run(Command("ls", ["-l", "/proc/\(getpid())/fd"])).outputText.contains(
                    "inotify") == false
            }
        }
    }

    @Test func theKernelsLimitIsNamed() async {
        await #expect(processExitsWith: .success) {
            var watchers: [DirectoryWatcher] = []
            let error = #expect(throws: FileError.self) {
                // Few, because the machine has 128 for all of a user's programs.
                var limit = rlimit(rlim_cur: 24, rlim_max: 24)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                while true { watchers.append(try DirectoryWatcher(path: "/tmp")) }
            }
            #expect(error?.code == .noSpace)
            #expect(error?.message.hasPrefix("watch /tmp: fs.inotify.max_user_instances") == true)
        }
    }

    @Test func aRelativePathIsRefused() {
        let error = #expect(throws: FileError.self) { try DirectoryWatcher(path: "manifests") }
        #expect(error?.code == .unsuitable)
    }
}
