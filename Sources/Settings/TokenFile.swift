import Machine

/// The file that holds the token of port 10250, the same on a minion and on its master.
public enum TokenFile {
    /// Longest file, in bytes: far more than any token needs.
    static let limit = 4_096

    /// Why there is no token.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// In words, with the path.
        public let description: String
    }

    /// The token in the file at `path`: its text without white space around it.
    /// - Throws: `Failure` when the file is absent, unreadable, too large or empty.
    public static func read(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]?
        do {
            bytes = try AtomicFile.read(path, limit: limit)
        } catch {
            throw Failure(description: "token file \(path): \(error)")
        }
        guard let bytes else { throw Failure(description: "token file \(path): no such file") }
        let token = String(decoding: bytes, as: UTF8.self).trimmed
        guard !token.isEmpty else { throw Failure(description: "token file \(path) is empty") }
        return token
    }
}
