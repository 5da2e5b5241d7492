import Machine

/// What docker's standard error means. The only place that reads it: everywhere else asks for the code.
enum DockerFailure {
    /// The error behind a non-zero exit. `fallback` is what it means when nothing more is known.
    static func error(_ output: CommandOutput, fallback: RuntimeError.Code = .refused) -> RuntimeError {
        let words = lines(output.errorText)
        let message = words.isEmpty ? "docker ended with \(output.status) and no word" : words.joined(separator: "; ")
        let codes = words.map(code)
        // An engine that is not there explains everything else that was said.
        let known = codes.first { $0 == .unreachable } ?? codes.lazy.compactMap { $0 }.first
        return RuntimeError(known ?? fallback, message)
    }

    /// The error of a command that gave no output.
    static func error(_ error: CommandError) -> RuntimeError {
        switch error.code {
        case .notFound: RuntimeError(.unreachable, error.message)
        case .spawnFailed: RuntimeError(.refused, error.message)
        case .deadlineExceeded: RuntimeError(.deadlineExceeded, error.message)
        case .outputTooLarge: RuntimeError(.unreadable, error.message)
        case .cancelled: RuntimeError(.cancelled, error.message)
        }
    }

    /// Whether every complaint is about a container that is gone, or ended, or on its way out: what was asked of it is done.
    static func isAboutTheGone(_ output: CommandOutput) -> Bool {
        let words = lines(output.errorText)
        return !words.isEmpty
            && words.allSatisfy { line in
                code(line) == .noSuchContainer || line.contains("is not running")
                    || line.contains("is already in progress")
            }
    }

    /// Whether the engine said that this container is not there.
    static func saysGone(_ output: CommandOutput, id: String) -> Bool {
        lines(output.errorText).contains { $0.contains(id) && code($0) == .noSuchContainer }
    }

    /// Standard error without docker's own prefixes and hints, one entry per complaint.
    static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            var line = line.drop { $0 == " " }
            if line.hasPrefix("See 'docker") || line.hasPrefix("Run 'docker") { return nil }
            for prefix in ["docker: ", "Error response from daemon: ", "Error: "] where line.hasPrefix(prefix) {
                line = line.dropFirst(prefix.count)
            }
            while let last = line.last, last == "." || last == " " { line = line.dropLast() }
            return line.isEmpty ? nil : String(line)
        }
    }

    private static func code(_ line: String) -> RuntimeError.Code? {
        let line = line.lowercased()
        return phrases.first { entry in entry.phrases.contains { line.contains($0) } }?.code
    }

    /// As docker 20.10 to 28 and podman 4 say it, in lower case.
    private static let phrases: [(code: RuntimeError.Code, phrases: [String])] = [
        (
            .unreachable,
            [
                "cannot connect to the docker daemon", "error during connect", "trying to connect to the docker daemon",
                "unable to connect to podman",
            ]
        ),
        (.noSuchImage, ["no such image", "unable to find image", "image not known"]),
        (
            .nameConflict,
            [
                "is already in use by container", "the container name", "name is already in use", "network with name",
            ]
        ),
        (.noSuchNetwork, ["no such network", "network \(PodNetworkWords.name) not found"]),
        (.networkInUse, ["has active endpoints"]),
        (
            .networkConflict,
            ["pool overlaps with other", "networks have overlapping", "networks have same bridge name"]
        ),
        (.portTaken, ["port is already allocated", "address already in use", "ports are not available"]),
        (.noSuchContainer, ["no such container", "no such object", "no container with name or id"]),
    ]
}
