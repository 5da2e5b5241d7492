/// `-c FILE print pods`: no server is asked.
struct Print: Command {
    /// The collection, which need not be one until the file has been read; an id after it means nothing.
    let storage: String

    init(_ words: [String]) throws(Fatal) { storage = NamedResource.parts(words).first ?? "" }

    func run(_ context: Context) async throws {
        let printer = try context.printer()
        context.show(try printer.text(try await context.configured(storage)))
    }
}
