/// `stop NAME`: resize to 0.
struct Stop: Command {
    let controller: Controller

    init(_ words: [String]) throws(Fatal) { controller = try Controller(words) }

    func run(_ context: Context) async throws {
        try await context.withController { context.showYAML(try await $0.resize(controller.name, to: 0)) }
    }
}
