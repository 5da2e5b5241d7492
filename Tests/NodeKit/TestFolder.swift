import FoundationEssentials
import Glibc

/// A folder of its own for one test, removed with everything in it when the last holder lets go of it.
public final class TestFolder: Sendable {
    /// Where it is. Short enough for the path of a Unix socket in it (unix(7): 107 bytes) unless TMPDIR itself is long.
    public let path: String

    /// Makes it below TMPDIR, readable for its owner alone.
    /// - Throws: `Failure`, with the errno of mkdtemp(3).
    public init() throws {
        let parent = FileManager.default.temporaryDirectory.path
        var template = Array("\(parent)/minion-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(parent: parent, errno: errno) }
        path = String(cString: made)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("\(path) is left: \(error)")
        }
    }

    /// The path of what is called `name` in it.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// What is in it, sorted; empty once it is gone.
    public var names: [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            return []
        }
    }

    /// That there is no folder to test in.
    struct Failure: Error {
        let parent: String
        let errno: Int32
    }
}
