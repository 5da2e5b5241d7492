import Glibc
import Machine
import NodeKit
import Testing

@testable import Pods

@Suite("The folders of volumes")
struct VolumeFoldersTests {
    private func withFolders(_ body: (VolumeFolders, TestFolder) async throws -> Void) async throws {
        let scratch = try TestFolder()
        try await body(VolumeFolders(podsFolder: scratch.path + "/pods", commands: CommandRunner()), scratch)
    }

    /// Of the pod `web`.
    private func web(_ uid: String) -> PodIncarnation { PodIncarnation(key: podKey(), uid: uid) }

    /// Below the pods folder.
    private func name(_ uid: String) -> String { ContainerNames.folder(of: web(uid)) }

    private func mode(_ path: String) -> mode_t {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mode & 0o7777 : 0
    }

    @Test("are made once, open to every user of the container and closed to every other of the node")
    func making() async throws {
        try await withFolders { folders, scratch in
            try folders.make(["a", "b"], of: web("u1"))
            try await scratch.run("touch", scratch.path + "/pods/\(name("u1"))/volumes/a/file")
            try folders.make(["a", "b"], of: web("u1"))
            let folder = "pods/" + name("u1")
            #expect(
                try await scratch.listing() == [
                    "pods", folder, folder + "/volumes", folder + "/volumes/a", folder + "/volumes/a/file",
                    folder + "/volumes/b",
                ])
            #expect(mode(scratch.path + "/pods/\(name("u1"))") == 0o700)
            #expect(mode(scratch.path + "/pods/\(name("u1"))/volumes/a") == 0o777)
        }
    }

    @Test("are removed with all that is in them, and nothing a link leads to")
    func removing() async throws {
        try await withFolders { folders, scratch in
            try folders.make(["a"], of: web("u1"))
            try folders.make(["a"], of: web("u2"))
            try await scratch.run("mkdir", scratch.path + "/outside")
            try await scratch.run("touch", scratch.path + "/outside/kept")
            try await scratch.run(
                "ln", "-s", scratch.path + "/outside", scratch.path + "/pods/\(name("u1"))/volumes/a/link")
            try await folders.remove(web("u1"))
            let folder = "pods/" + name("u2")
            #expect(
                try await scratch.listing() == [
                    "outside", "outside/kept", "pods", folder, folder + "/volumes", folder + "/volumes/a",
                ])
            try await folders.remove(web("u1"))
            try await folders.remove(web("never there"))
        }
    }

    @Test("that a crash left half removed are in nobody's way")
    func leftovers() async throws {
        try await withFolders { folders, scratch in
            try folders.make(["a"], of: web("u1"))
            try await scratch.run("mkdir", "-p", scratch.path + "/pods/.removing-\(name("u1"))/volumes/old")
            try await folders.remove(web("u1"))
            #expect(try await scratch.listing() == ["pods"])
        }
    }

    @Test("of pods that are gone are found and removed, the others stay")
    func sweeping() async throws {
        try await withFolders { folders, scratch in
            for uid in ["u1", "u2", "../odd"] { try folders.make(["a"], of: web(uid)) }
            try await scratch.run("mkdir", scratch.path + "/pods/.removing-u9")
            let doomed = try folders.setAside(except: [web("u1"), web("../odd")])
            #expect(doomed.count == 2)
            try folders.make(["a"], of: web("u2"))
            try await folders.delete(doomed)
            let left = try await scratch.listing().filter { $0.split(separator: "/").count == 2 }
            #expect(left == ["u1", "u2", "../odd"].map { "pods/" + name($0) }.sorted(), "what comes meanwhile stays")
            #expect(mode(scratch.path + "/pods/\(name("u1"))/volumes/a") == 0o777)
        }
    }

    @Test("of two pods with one uid are two, and the removal of one leaves the other's")
    func sharedUID() async throws {
        try await withFolders { folders, scratch in
            let other = PodIncarnation(key: podKey("other"), uid: "u1")
            try folders.make(["a"], of: web("u1"))
            try folders.make(["a"], of: other)
            try await folders.remove(other)
            #expect(mode(scratch.path + "/pods/\(name("u1"))/volumes/a") == 0o777)
            #expect(try await scratch.listing().count == 4)
        }
    }

    @Test("named after the uid alone are adopted with what is in them, once")
    func adopting() async throws {
        try await withFolders { folders, scratch in
            try await scratch.run("mkdir", "-p", scratch.path + "/pods/u1/volumes/a/kept")
            let other = PodIncarnation(key: podKey("other"), uid: "u1")
            for pod in [web("u1"), other, web("u1"), web("never there")] { try folders.adopt(pod) }
            let folder = "pods/" + name("u1")
            let wanted = ["pods", folder, folder + "/volumes", folder + "/volumes/a", folder + "/volumes/a/kept"]
            #expect(try await scratch.listing() == wanted)
        }
    }

    @Test("that cannot be made say which and why")
    func failing() {
        let folders = VolumeFolders(podsFolder: "/proc/nowhere/pods", commands: CommandRunner())
        #expect(throws: VolumeFolders.Failure(message: "mkdir /proc/nowhere/pods: No such file or directory")) {
            try folders.make(["a"], of: web("u1"))
        }
    }
}

extension TestFolder {
    fileprivate func run(_ words: String...) async throws {
        _ = try await CommandRunner().run(Command(words[0], Array(words.dropFirst())))
    }

    /// The paths of all that is below it, sorted.
    fileprivate func listing() async throws -> [String] {
        let find = Command("find", [path, "-mindepth", "1", "-printf", "%P\n"])
        return try await CommandRunner().run(find).outputText.split(separator: "\n").map(String.init).sorted()
    }
}
