import APIClient

/// What the flags say.
struct Options: Equatable {
    /// How objects are printed.
    enum Format: Equatable {
        case table, json, yaml
        /// The text of a template.
        case template(String)
        /// The name of a file that holds one.
        case templateFile(String)
    }

    /// `-version` and `-server_version`: `false`, `true` (in words) or `raw` (every field).
    enum VersionFlag: String {
        case no = "false"
        case words = "true"
        case raw
    }

    var host = ""
    var apiVersion = ""
    var configFile = ""
    var labels = ""
    var fields = ""
    var namespace = ""
    var namespaceFile = ""
    var authFile = ""
    var credentials = APICredentials()
    var format = Format.table
    var isVerbose = false
    var ports = ""
    var servicePort = -1
    var updatePeriod = Duration.zero
    var image = ""
    var runsProxy = false
    var staticFolder = ""
    var version = VersionFlag.no
    var serverVersion = VersionFlag.no
    var expectsVersionMatch = false
    var wantsHelp = false
    /// The method and what it is applied to.
    var words: [String] = []

    /// Reads a command line without the program's name. Throws `Fatal` with status 2 for flags that are wrong.
    init(_ arguments: [String], home: String) throws(Fatal) {
        let parsed = try Self.flags(home: home).parse(arguments)
        host = parsed.text("h")
        apiVersion = parsed.text("api_version")
        configFile = parsed.text("c")
        labels = parsed.text("l")
        fields = parsed.text("fields")
        namespace = parsed.text("ns")
        namespaceFile = parsed.text("ns_file")
        authFile = parsed.text("auth")
        credentials.authorityFile = parsed.text("certificate_authority")
        credentials.certificateFile = parsed.text("client_certificate")
        credentials.keyFile = parsed.text("client_key")
        credentials.acceptsAnyCertificate = parsed.isOn("insecure_skip_tls_verify")
        format = Self.format(parsed)
        isVerbose = parsed.isOn("verbose")
        ports = parsed.text("p")
        servicePort = Int(parsed.text("s")) ?? -1
        updatePeriod = parsed.duration("u")
        image = parsed.text("image")
        runsProxy = parsed.isOn("proxy")
        staticFolder = parsed.text("www")
        version = VersionFlag(rawValue: parsed.text("version")) ?? .no
        serverVersion = VersionFlag(rawValue: parsed.text("server_version")) ?? .no
        expectsVersionMatch = parsed.isOn("expect_version_match")
        wantsHelp = parsed.isOn("help")
        words = parsed.words
    }

    private static func format(_ parsed: GoFlags.Parsed) -> Format {
        if parsed.isOn("json") { return .json }
        if parsed.isOn("yaml") { return .yaml }
        if !parsed.text("template_file").isEmpty { return .templateFile(parsed.text("template_file")) }
        if !parsed.text("template").isEmpty { return .template(parsed.text("template")) }
        return .table
    }
}
