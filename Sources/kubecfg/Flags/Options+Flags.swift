import APIClient

extension Options {
    /// Every flag (reference §7). `home` is the folder of the person, where kubecfg keeps its two files.
    static func flags(home: String) -> GoFlags {
        GoFlags(flags: serverFlags(home: home) + objectFlags + controllerFlags + otherFlags + logFlags)
    }

    private static func serverFlags(home: String) -> [GoFlags.Flag] {
        [
            .init(
                name: "h", value: .text, initial: "",
                help: "The API server; else $KUBERNETES_MASTER, else http://localhost:8080"),
            .init(
                name: "api_version", value: .text, initial: APIServer.versions[0],
                help: "The version of the API to speak: \(APIServer.versions.joined(separator: " or "))"),
            .init(
                name: "auth", value: .text, initial: home + "/.kubernetes_auth",
                help: "The file with user and password for an https server; asked for and written when it is missing"),
            .init(
                name: "ns_file", value: .text, initial: home + "/.kubernetes_ns",
                help: "The file that remembers the namespace; written when it is missing"),
            .init(
                name: "certificate_authority", value: .text, initial: "",
                help: "A PEM file of the authorities that may vouch for the server"),
            .init(
                name: "client_certificate", value: .text, initial: "", help: "A PEM file of the certificate to show"),
            .init(name: "client_key", value: .text, initial: "", help: "A PEM file of that certificate's key"),
            .init(
                name: "insecure_skip_tls_verify", value: .toggle, initial: "false",
                help: "Take any certificate of the server"),
        ]
    }

    private static let objectFlags: [GoFlags.Flag] = [
        .init(
            name: "c", value: .text, initial: "",
            help: "The object to create, update or print: a file, a URL, or - for standard input; JSON or YAML"),
        .init(name: "l", value: .text, initial: "", help: "Only objects with these labels: k=v,k!=v"),
        .init(name: "fields", value: .text, initial: "", help: "Only objects with these fields: k=v,k!=v"),
        .init(name: "ns", value: .text, initial: "", help: "The namespace to work in; else that of -ns_file"),
        .init(name: "json", value: .toggle, initial: "false", help: "Print objects as JSON"),
        .init(name: "yaml", value: .toggle, initial: "false", help: "Print objects as YAML"),
        .init(name: "template", value: .text, initial: "", help: "Print objects through this template"),
        .init(
            name: "template_file", value: .text, initial: "", help: "Print objects through the template in this file"),
    ]

    private static let controllerFlags: [GoFlags.Flag] = [
        .init(
            name: "p", value: .text, initial: "",
            help: "The ports of run: HOST:CONTAINER or CONTAINER, several with commas"),
        .init(name: "s", value: .number, initial: "-1", help: "The port of a service for run; none without"),
        .init(name: "u", value: .duration, initial: "60s", help: "The pause of rollingupdate after each pod"),
        .init(name: "image", value: .text, initial: "", help: "The image for rollingupdate; the old one without"),
    ]

    private static let otherFlags: [GoFlags.Flag] = [
        .init(name: "proxy", value: .toggle, initial: "false", help: "Pass localhost:8001 on to the server"),
        .init(name: "www", value: .text, initial: "", help: "With -proxy: a folder to show under /static/"),
        .init(
            name: "server_version", value: .version, initial: "false",
            help: "Print the server's version (raw: all of it)"),
        .init(
            name: "expect_version_match", value: .toggle, initial: "false",
            help: "Fail if the server's version is another"),
        .init(name: "version", value: .version, initial: "false", help: "Print the version (raw: all of it)"),
        .init(name: "verbose", value: .toggle, initial: "false", help: "Show what is sent"),
        .init(name: "help", value: .toggle, initial: "false", help: "Show this text"),
    ]

    /// Those of the original's log, which this program has not.
    private static let logFlags: [GoFlags.Flag] = [
        ("logtostderr", .toggle, "true"), ("alsologtostderr", .toggle, "false"), ("v", .number, "0"),
        ("vmodule", .text, ""), ("stderrthreshold", .text, "2"), ("log_backtrace_at", .text, ":0"),
        ("log_dir", .text, ""), ("log_flush_frequency", .duration, "5s"),
    ].map { .init(name: $0, value: $1, initial: $2, help: "Taken for old scripts; without effect") }

    /// How kubecfg is called.
    static func usage(home: String) -> String {
        let resources = NamedResource.wireNames
        return """
            Usage: kubecfg [OPTIONS] <method> ...

              kubecfg [OPTIONS] list <\(resources)>
              kubecfg [OPTIONS] get|delete <\(resources)>/<id>
              kubecfg [OPTIONS] -c <file|url|-> create|print <\(resources)>
              kubecfg [OPTIONS] -c <file|url|-> update <\(resources)>/<id>

              kubecfg [OPTIONS] [-p <ports>] [-s <port>] run <image> <replicas> <controller>
              kubecfg [OPTIONS] resize <controller> <replicas>
              kubecfg [OPTIONS] stop|rm <controller>
              kubecfg [OPTIONS] [-u <time>] [-image <image>] rollingupdate <controller>

              kubecfg [OPTIONS] ns [<namespace>]
              kubecfg [OPTIONS] -proxy [-www <folder>]

            Options:

            """ + flags(home: home).usage
    }
}
