/// Paths without steps that lead nowhere: the server of 2014 sent a client that asked for `//pods` or `./pods` to `/pods`.
enum PathCleaning {
    /// `path` without empty steps, `.`, and `..` with the step before it; a last slash stays. What does not begin with a slash
    /// is left as it is.
    static func clean(_ path: String) -> String {
        guard path.first == "/" else { return path }
        var steps: [Substring] = []
        let all = path.split(separator: "/", omittingEmptySubsequences: true)
        for step in all {
            switch step {
            case ".": break
            case "..": _ = steps.popLast()
            default: steps.append(step)
            }
        }
        let isFolder = path.last == "/" && !steps.isEmpty
        return "/" + steps.joined(separator: "/") + (isFolder ? "/" : "")
    }
}
