/// `-c FILE print pods`: no server is asked.
struct Print: Command {
    let target: NamedResource

    init(_ words: [String]) throws(Fatal) { target = try NamedResource(words, .collection) }

    func run(_ context: Context) async throws {
        let printer = try context.printer()
        let text = try printer.text(try await context.configured(target.resource))
        context.show(text.hasSuffix("\n") ? text : text + "\n")
    }
}
