import ClusterModel

/// What a method does.
protocol Command: Sendable {
    /// Reads the words of the command line, the method first. Throws the method's usage.
    init(_ words: [String]) throws(Fatal)
    /// Does it. Throws `Fatal`, and `APIError` for what the server refused.
    func run(_ context: Context) async throws
}

/// The methods by name.
enum Commands {
    private static let byName: [String: any Command.Type] = [
        "list": List.self, "get": Get.self, "create": Create.self, "update": Update.self, "delete": Delete.self,
        "print": Print.self, "run": Run.self, "resize": Resize.self, "stop": Stop.self, "rm": Remove.self,
        "rollingupdate": RollingUpdate.self, "ns": Namespace.self,
    ]

    /// The command of a command line; `words` has at least the method.
    static func command(_ words: [String]) throws(Fatal) -> any Command {
        let method = words.first ?? ""
        guard let command = byName[method] else { throw Fatal("Unknown command \(method)") }
        return try command.init(words)
    }
}

extension Context {
    /// Sends the request of a command and prints the answer as recorded: an empty line after it.
    func printAnswer(_ request: (Session) async throws -> JSONObject) async throws {
        let printer = try printer()
        let answer = try await withServer(request)
        show(try printer.text(answer) + "\n")
    }
}
