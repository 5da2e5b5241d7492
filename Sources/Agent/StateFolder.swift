import FoundationEssentials
import Machine

/// The folder that makes this agent the one it is: its identity, its desired state, its pods' volumes. Every path below
/// it is named here.
struct StateFolder: Sendable {
    /// Only root may read it: environment variables of pods are part of desired state.
    static let mode = 0o700

    let path: String

    /// The log of desired state.
    var desiredLog: String { "\(path)/desired.log" }
    /// Where pods keep their volumes, a folder per pod uid.
    var pods: String { "\(path)/pods" }

    private var identityFile: String { "\(path)/id" }

    /// Makes the folder if needed and takes its lock, so that two agents never share one state.
    /// - Throws: `StartError` when another agent has it, or the file system refuses.
    func claim() throws(StartError) -> FolderLock {
        do {
            for folder in [path, pods] {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: Self.mode])
            }
            return try FolderLock(folder: path)
        } catch {
            throw StartError(code: .stateFolder, message: "state folder \(path): \(error)")
        }
    }

    /// Whether an earlier run has made an identity here. Asked before the log is opened and the identity made, in that order:
    /// so a first start that is cut short in between is a first start again.
    func hasIdentity() throws(StartError) -> Bool {
        try storedIdentity() != nil
    }

    /// The identity of this state: made at the first start, kept since. Containers carry it as their owner, so an agent
    /// with another state folder on the same engine never touches them. A new one has none, so its picture of pods is whole.
    func identity() throws(StartError) -> (id: String, isNew: Bool) {
        if let stored = try storedIdentity() { return (stored, false) }
        do {
            let fresh = UUID().uuidString.lowercased()
            try AtomicFile.write(Array("\(fresh)\n".utf8), to: identityFile)
            return (fresh, true)
        } catch {
            throw StartError(code: .stateFolder, message: "\(identityFile): \(error)")
        }
    }

    /// `nil` where there is none yet, or an empty file in its place.
    private func storedIdentity() throws(StartError) -> String? {
        do {
            let text = try AtomicFile.read(identityFile, limit: 64).map { String(decoding: $0, as: UTF8.self).trimmed }
            return text == "" ? nil : text
        } catch {
            throw StartError(code: .stateFolder, message: "\(identityFile): \(error)")
        }
    }
}

/// Why the agent cannot start; the message says what to do.
public struct StartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What failed.
    public enum Code: Sendable, Equatable {
        /// The state folder cannot be made, locked or read.
        case stateFolder
        /// An address or socket cannot be bound.
        case listen
        /// The token's file cannot be used.
        case token
        /// The data plane or the packet filter cannot be set up.
        case dataPlane
    }

    /// What failed.
    public let code: Code
    /// In words, with the path or address.
    public let message: String

    /// The message.
    public var description: String { message }
}
