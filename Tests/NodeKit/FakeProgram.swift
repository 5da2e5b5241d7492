/// A shell script as the engine in memory plays it: as much of it as the cases need.
///
/// Of its statements, which stand between `; `, `echo TEXT` writes a line (to standard error with ` >&2` behind it) and
/// `exit N` ends the program; all others take no time and do nothing. `trap 'STATEMENTS' TERM;` at its beginning says what TERM
/// does: nothing where it is empty. Without one TERM ends the program with 0, as that of a program made to be a pod's.
struct FakeProgram {
    enum Statement: Equatable {
        case write(String, toError: Bool)
        case exit(Int)
    }

    /// What it does at once; without an `exit` it goes on to run.
    let body: [Statement]
    /// What it does when it hears TERM.
    let handler: [Statement]

    init(_ arguments: [String]) {
        var script = (arguments.last ?? "")[...]
        var handler: [Statement] = [.exit(0)]
        let trap = "trap '"
        if script.hasPrefix(trap), let end = script.dropFirst(trap.count).firstIndex(of: "'") {
            handler = Self.statements(script[..<end].dropFirst(trap.count))
            script = script[end...]
        }
        self.handler = handler
        body = Self.statements(script)
    }

    private static func statements(_ script: Substring) -> [Statement] {
        let (echo, exit, toError) = ("echo ", "exit ", " >&2")
        return script.split(separator: "; ").compactMap { statement in
            if statement.hasPrefix(exit) { return Int(statement.dropFirst(exit.count)).map { .exit($0) } }
            guard statement.hasPrefix(echo) else { return nil }
            let text = statement.dropFirst(echo.count)
            let isError = text.hasSuffix(toError)
            return .write(String(isError ? text.dropLast(toError.count) : text), toError: isError)
        }
    }
}
