import SystemPackage

/// Files by the names a person gives them.
struct Files: Sendable, Equatable {
    /// What names are relative to.
    var folder: String

    /// Bytes read of one file: an object has at most 4 MiB (PROTOCOL "Framing and limits"), comments not counted.
    static let sizeLimit = 64 << 20

    /// Why a file was not read or written, in the words of the original: `open x: no such file or directory`.
    struct Failure: Error, Equatable, CustomStringConvertible {
        var action: String
        var name: String
        var errno: Errno

        var isMissing: Bool { errno == .noSuchFileOrDirectory }
        var description: String { "\(action) \(name): \(errno.description.lowercased())" }
    }

    /// The whole file.
    func read(_ name: String) throws(Failure) -> [UInt8] {
        let file = try attempt("open", name) { try FileDescriptor.open(path(name), .readOnly) }
        defer { close(file) }
        return try attempt("read", name) { try file.readToEnd(limit: Self.sizeLimit) }
    }

    /// Writes the whole file, readable by its owner only if it is new.
    func write(_ name: String, _ bytes: [UInt8]) throws(Failure) {
        let file = try attempt("open", name) {
            try FileDescriptor.open(
                path(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        }
        defer { close(file) }
        _ = try attempt("write", name) { try file.writeAll(bytes) }
    }

    private func path(_ name: String) -> FilePath { FilePath(folder).pushing(FilePath(name)) }

    private func close(_ file: FileDescriptor) {
        // What was written is written: a failure to close these small files tells nothing more.
        try? file.close()
    }

    private func attempt<Value>(_ action: String, _ name: String, _ body: () throws -> Value) throws(Failure) -> Value {
        do {
            return try body()
        } catch {
            throw Failure(action: action, name: name, errno: error as? Errno ?? .ioError)
        }
    }
}

extension FileDescriptor {
    /// What is left to read. Throws an `Errno`; `fileTooLarge` past `limit` bytes.
    func readToEnd(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
        defer { chunk.deallocate() }
        while true {
            let count = try read(into: chunk)
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > limit { throw Errno.fileTooLarge }
        }
    }
}
