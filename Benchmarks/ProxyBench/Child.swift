import Glibc

/// A child process with pipes to its input and from its output.
final class Child {
    let pid: pid_t
    private let input: Int32
    private let output: Int32

    init(_ command: [String]) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw BenchError("no pipe") }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        let result = posix_spawnp(&pid, command[0], &actions, nil, arguments, environ)
        close(toChild[0])
        close(fromChild[1])
        guard result == 0 else { throw BenchError("cannot run \(command[0]): \(String(cString: strerror(result)))") }
        self.pid = pid
        input = toChild[1]
        output = fromChild[0]
    }

    /// The first line it prints, as numbers.
    func readPorts() throws -> [UInt16] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != 10 { line.append(byte) }
        let ports = String(decoding: line, as: UTF8.self).split(separator: " ").compactMap { UInt16($0) }
        guard !ports.isEmpty else { throw BenchError("a child did not print its ports") }
        return ports
    }

    /// Everything it prints until it ends.
    func readAll() -> String {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = read(output, &piece, piece.count), count > 0 { text += piece[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Ends it and waits until it is gone.
    func end() {
        close(input)
        kill(pid, SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        close(output)
    }
}
