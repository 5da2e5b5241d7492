import ClusterModel

/// The words given to the `docker` command. Pure; the spelling is that of docker 20.10 and later, and of podman's `docker`.
struct DockerArguments {
    let owner: String

    /// Rotated by the engine where journald does not run: without a bound one talkative container fills the disk.
    private static let logSize = "max-size=10m"
    private static let logFiles = "max-file=3"
    /// docker reads lines of an environment file into 64 KiB; longer ones go another way.
    private static let environmentLineLimit = 32 * 1024

    /// Our containers as JSON, one a line. Only what the list itself knows: no call of the engine beside it.
    func list(of pod: ObjectKey?) -> [String] {
        var words = ["ps", "--all", "--no-trunc", "--filter", label(DockerLabels.owner, owner)]
        if let pod {
            words += ["--filter", label(DockerLabels.pod, pod.name)]
            words += ["--filter", label(DockerLabels.namespace, pod.namespace)]
        }
        return words + ["--format", Self.listTemplate]
    }

    /// Those of our containers that have these ids.
    func list(ids: [String]) -> [String] {
        ["ps", "--all", "--no-trunc", "--filter", label(DockerLabels.owner, owner)]
            + ids.flatMap { ["--filter", "id=\($0)"] } + ["--format", Self.listTemplate]
    }

    /// Containers in full as JSON, one a line, in the order of `ids`.
    static func inspect(_ ids: [String]) -> [String] {
        ["inspect", "--type", "container", "--format", inspectTemplate] + ids
    }

    /// What makes and starts a container. Variables are not among the words where that can be helped: what is on a command
    /// line is seen by every user of the node.
    struct Run: Equatable {
        var words: [String]
        /// Standard input: the variables that are lines.
        var input: [UInt8] = []
        /// docker's own environment: the others, which the words name.
        var environment: [String: String] = [:]
    }

    /// Makes and starts a container.
    func run(_ spec: ContainerSpec) -> Run {
        var words = ["run", "--detach", "--pull", "never", "--restart", "no", "--name", spec.name]
        for (key, value) in DockerLabels.pairs(spec.labels, owner: owner) { words += ["--label", "\(key)=\(value)"] }
        words += Self.log(spec.log) + Self.network(spec.network)
        let variables = Self.environment(spec.environment)
        if !variables.input.isEmpty { words += ["--env-file", "/dev/stdin"] }
        words += variables.words
        if !spec.workingDirectory.isEmpty { words += ["--workdir", spec.workingDirectory] }
        if spec.memory > 0 { words += ["--memory", String(spec.memory)] }
        if let shares = spec.cpuShares { words += ["--cpu-shares", String(shares)] }
        if spec.privileged { words.append("--privileged") }
        for bind in spec.binds { words += ["--volume", "\(bind.source):\(bind.target)\(bind.readOnly ? ":ro" : "")"] }
        // Whatever the image is called, it is no option.
        words += ["--", spec.image] + spec.arguments
        return Run(words: words, input: variables.input, environment: variables.environment)
    }

    static func signal(_ ids: [String], _ signal: String) -> [String] { ["kill", "--signal", signal] + ids }

    static func remove(_ ids: [String]) -> [String] { ["rm", "--force", "--volumes"] + ids }

    static func pull(_ image: String) -> [String] { ["pull", "--quiet", "--", image] }

    static func importImage(file: String, as image: String) -> [String] {
        ["import", "--change", #"ENTRYPOINT ["/pause"]"#, "--", file, image]
    }

    /// Only what a worker acts on: every event costs a line and a look.
    func events() -> [String] {
        [
            "events", "--filter", "type=container", "--filter", label(DockerLabels.owner, owner), "--filter",
            "event=start", "--filter", "event=die", "--filter", "event=destroy", "--format", "{{json .}}",
        ]
    }

    private func label(_ key: String, _ value: String) -> String { "label=\(key)=\(value)" }

    private static func log(_ log: ContainerSpec.Log) -> [String] {
        switch log {
        case .journal:
            let fields = DockerLabels.journalFields.joined(separator: ",")
            return ["--log-driver", "journald", "--log-opt", "labels=\(fields)"]
        case .files:
            return ["--log-driver", "json-file", "--log-opt", logSize, "--log-opt", logFiles]
        }
    }

    private static func network(_ network: ContainerSpec.Network) -> [String] {
        switch network {
        case .own(let hostname, let ports, let subnet):
            (subnet == nil ? [] : ["--network", PodNetworkWords.name]) + ["--hostname", hostname]
                + ports.flatMap { port in
                    let address = port.hostIP.isEmpty ? "" : "\(port.hostIP):"
                    let transport = port.transport.rawValue.lowercased()
                    return ["--publish", "\(address)\(port.hostPort):\(port.containerPort)/\(transport)"]
                }
        case .shared(let container):
            ["--network", "container:\(container)"]
        }
    }

    /// A line of the file ends at a line break, whatever the value; a value with one in it docker takes from its own
    /// environment, which only root can read – unless its name means something to docker itself. Those stay on the command
    /// line. `words` are the options alone.
    private static func environment(_ variables: [EnvVar]) -> Run {
        var run = Run(words: [])
        for variable in variables {
            let text = "\(variable.name)=\(variable.value)"
            let isLine = !text.utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            if isLine && text.utf8.count <= environmentLineLimit {
                run.input += Array(text.utf8) + [UInt8(ascii: "\n")]
            } else if isReadByDocker(variable.name) {
                run.words += ["--env", text]
            } else {
                run.words += ["--env", variable.name]
                run.environment[variable.name] = variable.value
            }
        }
        return run
    }

    /// Whether docker, podman, what they start or the loader of any of them may act on a variable: by what their manuals
    /// name, and Go's runtime, ld.so(8), malloc(3).
    private static func isReadByDocker(_ name: String) -> Bool {
        let upper = name.uppercased()
        return dockerVariables.contains(upper) || dockerPrefixes.contains(where: upper.hasPrefix)
    }

    private static let dockerVariables: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY",
        "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NOTIFY_SOCKET", "LISTEN_FDS",
        "LISTEN_PID", "REGISTRY_AUTH_FILE", "STORAGE_DRIVER", "STORAGE_OPTS", "RES_OPTIONS", "LOCALDOMAIN", "IFS",
        "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_PROVIDER", "GODEBUG", "GOGC", "GOMAXPROCS",
        "GOMEMLIMIT", "GOTRACEBACK", "GOCOVERDIR",
    ]
    private static let dockerPrefixes = [
        "DOCKER_", "BUILDX_", "BUILDKIT_", "MOBY_", "PODMAN_", "CONTAINER_", "CONTAINERS_", "XDG_", "DBUS_",
        "OTEL_", "LC_", "LD_", "GLIBC_", "MALLOC_",
    ]

    private static let listTemplate =
        #"{"id":{{json .ID}},"name":{{json .Names}},"labels":{"#
        + ([
            DockerLabels.pod, DockerLabels.namespace, DockerLabels.uid, DockerLabels.container, DockerLabels.hash,
            DockerLabels.source, DockerLabels.attempt,
        ].map { #""\#($0)":{{json (.Label "\#($0)")}}"# }.joined(separator: ",")) + "}}"

    /// `.ID` and not `.Id`: docker then renders its own type, in which a member that is absent is empty and not an error.
    private static let inspectTemplate =
        #"{"id":{{json .ID}},"name":{{json .Name}},"state":{{json .State}},"image":{{json .Config.Image}},"#
        + #""labels":{{json .Config.Labels}},"stopSignal":{{json .Config.StopSignal}},"#
        + #""networkMode":{{json .HostConfig.NetworkMode}},"networks":{{json .NetworkSettings.Networks}}}"#
}
