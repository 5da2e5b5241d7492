/// `resize NAME COUNT`; words after them mean nothing.
struct Resize: Command {
    let name: String
    let count: Int

    init(_ words: [String]) throws(Fatal) {
        guard words.count >= 3 else { throw Fatal("usage: kubecfg resize <controller> <replicas>") }
        name = words[1]
        count = try Controller.replicas(words[2])
    }

    func run(_ context: Context) async throws {
        try await context.withController { context.showYAML(try await $0.resize(name, to: count)) }
    }
}
