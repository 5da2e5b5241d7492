import Glibc

/// Everything kubecfg knows of the machine it runs on.
struct Surroundings: Sendable {
    var environment: [String: String]
    /// Where names of files begin.
    var files: Files
    var console: any Console
    /// Paces polling and rolling updates.
    var clock: any Clock<Duration>

    /// The person's folder.
    var home: String { environment["HOME"] ?? "" }

    /// The process's own.
    static var process: Surroundings {
        var environment: [String: String] = [:]
        for name in ["HOME", "KUBERNETES_MASTER"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        return Surroundings(
            environment: environment, files: Files(folder: "."), console: ProcessConsole(), clock: .continuous)
    }
}
