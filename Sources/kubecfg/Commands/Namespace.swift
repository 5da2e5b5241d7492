/// `ns`, which shows the namespace of the file, and `ns NAME`, which writes it there.
struct Namespace: Command {
    let name: String?

    init(_ words: [String]) throws(Fatal) {
        guard words.count <= 2 else { throw Fatal("usage: kubecfg ns [<namespace>]") }
        name = words.count > 1 ? words[1] : nil
    }

    func run(_ context: Context) async throws {
        if let name { try context.namespaceFile.save(name) }
        context.show("Using namespace \(try name ?? context.rememberedNamespace())\n")
    }
}
