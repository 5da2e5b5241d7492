import Glibc
import SystemPackage

/// Where kubecfg reads and writes.
protocol Console: Sendable {
    /// To standard output, as it is.
    func show(_ text: String)
    /// To standard error, with a line feed if it ends in none.
    func complain(_ text: String)
    /// All of standard input.
    func input() throws(Files.Failure) -> [UInt8]
    /// One line a person types after `prompt`, unseen if it is secret; `nil` when nobody is there to type it.
    func ask(_ prompt: String, isSecret: Bool) -> String?
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

    func ask(_ prompt: String, isSecret: Bool) -> String? {
        complain(prompt)
        var shown = termios()
        // Fails where standard input is no terminal, which shows nothing anyway.
        guard isSecret, tcgetattr(STDIN_FILENO, &shown) == 0 else { return readLine() }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown) }
        return readLine()
    }
}
