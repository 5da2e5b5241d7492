import Glibc
import Machine

/// The folders behind `emptyDir` volumes: `<pods folder>/<incarnation>/volumes/<name>`, as old as the pod (reference §2.8).
struct VolumeFolders: Sendable {
    /// Why a folder was not made or removed; one line with the path and the kernel's words.
    struct Failure: Error, Equatable {
        var message: String
    }

    /// Only root sees the way there, so that another user of the node cannot reach into a volume.
    private static let parentMode: mode_t = 0o700
    /// The volume itself is for whatever user the container's program runs as.
    private static let volumeMode: mode_t = 0o777
    /// A volume may hold millions of files.
    private static let removalDeadline: Duration = .seconds(1800)
    private static let removalPrefix = ".removing-"

    let podsFolder: String
    let commands: any CommandRunning

    /// Makes what is not there.
    func make(_ names: [String], of pod: PodIncarnation) throws(Failure) {
        let folder = "\(podsFolder)/\(ContainerNames.folder(of: pod))"
        for parent in [podsFolder, folder, folder + "/volumes"] { _ = try makeDirectory(parent, Self.parentMode) }
        for name in names {
            let path = "\(folder)/volumes/\(name)"
            // The process's umask cuts the mode of mkdir(2).
            if try makeDirectory(path, Self.volumeMode), chmod(path, Self.volumeMode) != 0 {
                throw Self.failure("chmod", path, errno)
            }
        }
    }

    /// Gives the folder an earlier version made for this uid its present name. Containers keep what they have mounted. Of pods
    /// that share a uid the first to be adopted takes it.
    func adopt(_ pod: PodIncarnation) throws(Failure) {
        let (former, present) = (ContainerNames.formerFolder(uid: pod.uid), ContainerNames.folder(of: pod))
        guard access("\(podsFolder)/\(present)", F_OK) != 0 else { return }
        guard rename("\(podsFolder)/\(former)", "\(podsFolder)/\(present)") != 0 else { return }
        let code = errno
        if code != ENOENT { throw Self.failure("rename", "\(podsFolder)/\(former)", code) }
    }

    /// Removes the folder of an incarnation, if there is one: out of the way at once by a rename, then file by file.
    /// rm(1) unlinks symbolic links and never follows them, and stays on this file system should something be mounted there.
    func remove(_ pod: PodIncarnation) async throws(Failure) {
        let name = ContainerNames.folder(of: pod)
        let doomed = "\(podsFolder)/\(Self.removalPrefix)\(name)"
        // What a crash left half removed would be in the way of the rename.
        if access(doomed, F_OK) == 0 { try await delete(doomed) }
        guard rename("\(podsFolder)/\(name)", doomed) == 0 else {
            let code = errno
            if code == ENOENT { return }
            throw Self.failure("rename", "\(podsFolder)/\(name)", code)
        }
        try await delete(doomed)
    }

    /// Takes the folders of every incarnation but these out of the way, at once: a pod that comes later gets a new one. Returns
    /// their paths, and those of what a crash left half removed, for `delete`.
    func setAside(except pods: Set<PodIncarnation>) throws(Failure) -> [String] {
        let kept = Set(pods.map(ContainerNames.folder))
        return try entries().filter { !kept.contains($0) }.map { name in
            let (path, doomed) = ("\(podsFolder)/\(name)", "\(podsFolder)/\(Self.removalPrefix)\(name)")
            // Where the name is taken by what a crash left, or is one already, the folder goes from where it is.
            return !name.hasPrefix(Self.removalPrefix) && rename(path, doomed) == 0 ? doomed : path
        }
    }

    /// Deletes what `setAside` returned, file by file.
    func delete(_ paths: [String]) async throws(Failure) {
        for path in paths { try await delete(path) }
    }

    private func entries() throws(Failure) -> [String] {
        guard let directory = opendir(podsFolder) else {
            let code = errno
            if code == ENOENT { return [] }
            throw Self.failure("opendir", podsFolder, code)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func delete(_ path: String) async throws(Failure) {
        let command = Command(
            "rm", ["--recursive", "--force", "--one-file-system", "--", path], deadline: Self.removalDeadline)
        let output: CommandOutput
        do {
            output = try await commands.run(command)
        } catch {
            throw Failure(message: error.message)
        }
        guard output.status.isSuccess else {
            throw Failure(message: output.errorText.split(separator: "\n").joined(separator: "; "))
        }
    }

    /// Whether it was made now.
    private func makeDirectory(_ path: String, _ mode: mode_t) throws(Failure) -> Bool {
        if mkdir(path, mode) == 0 { return true }
        let code = errno
        guard code == EEXIST else { throw Self.failure("mkdir", path, code) }
        return false
    }

    private static func failure(_ call: String, _ path: String, _ code: Int32) -> Failure {
        Failure(message: "\(call) \(path): \(String(cString: strerror(code)))")
    }
}
