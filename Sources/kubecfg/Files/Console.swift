import SystemPackage

/// Where kubecfg reads and writes.
protocol Console: Sendable {
    /// To standard output, as it is.
    func show(_ text: String)
    /// To standard error, with a line feed if it ends in none.
    func complain(_ text: String)
    /// All of standard input.
    func input() throws(Files.Failure) -> [UInt8]
    /// One line a person types after `prompt`; `nil` when nobody is there to type it.
    func ask(_ prompt: String) -> String?
}

/// The process's own.
struct ProcessConsole: Console {
    func show(_ text: String) {
        // Whoever closed the pipe wants no more.
        _ = try? FileDescriptor.standardOutput.writeAll(Array(text.utf8))
    }

    func complain(_ text: String) {
        // Nothing is left to tell anybody when standard error itself is gone.
        _ = try? FileDescriptor.standardError.writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    func input() throws(Files.Failure) -> [UInt8] {
        do {
            return try FileDescriptor.standardInput.readToEnd(limit: Files.sizeLimit)
        } catch {
            throw Files.Failure(action: "read", name: "-", errno: error as? Errno ?? .ioError)
        }
    }

    func ask(_ prompt: String) -> String? {
        complain(prompt)
        return readLine()
    }
}
