import SystemPackage

/// Reads what a command is given.
enum InputFile {
    /// Larger input than a node takes in one transaction is a mistake.
    static let maxBytes = 64 * 1_024 * 1_024

    /// The bytes of the file at `path`; `-` is standard input.
    static func read(_ path: String) throws -> [UInt8] {
        do {
            if path == "-" { return try all(of: .standardInput, path) }
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter { try all(of: file, path) }
        } catch let error as Errno {
            throw Failure("\(path): \(error)")
        }
    }

    private static func all(of file: FileDescriptor, _ path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { return bytes }
            bytes += piece.prefix(count)
            if bytes.count > maxBytes { throw Failure("\(path): larger than \(maxBytes) bytes") }
        }
    }
}
