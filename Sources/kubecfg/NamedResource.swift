import APIClient

/// What the word after a method names: a collection, `pods`, or an object in it, `pods/apache-1`.
struct NamedResource: Equatable {
    /// The collections kubecfg knows, as usage lists them; events and endpoints came later.
    private static let known: [APIResource] = [.minions, .pods, .replicationControllers, .services]
    /// `minions|pods|replicationControllers|services`
    static let wireNames = known.map(\.pathName).joined(separator: "|")

    var resource: APIResource
    /// Empty for the collection.
    var name: String

    /// How much a method wants to be told.
    enum Form {
        /// `pods`
        case collection
        /// `pods/apache-1`
        case object

        fileprivate func usage(_ method: String) -> String {
            // As recorded: `get` shows the id in brackets, and wants it all the same.
            let id = self == .collection ? "" : method == "get" ? "[/<id>]" : "/<id>"
            return "usage: kubecfg [OPTIONS] \(method) <\(wireNames)>\(id)"
        }
    }

    /// Reads the words of a command line, the method first. Throws the usage of the method for a collection that is not
    /// known, an id too many and an id too few.
    init(_ words: [String], _ form: Form) throws(Fatal) {
        let usage = Fatal(form.usage(words[0]))
        let parts = Self.parts(words)
        guard let first = parts.first, let resource = Self.resource(named: first),
            parts.count == (form == .collection ? 1 : 2)
        else { throw usage }
        self.resource = resource
        name = parts.count > 1 ? parts[1] : ""
    }

    /// What the word after the method is made of: `pods`, `apache-1`. Slashes around them mean nothing.
    static func parts(_ words: [String]) -> [String] {
        words.count > 1 ? words[1].split(separator: "/").map(String.init) : []
    }

    /// The collection of that name, if kubecfg knows it.
    static func resource(named name: String) -> APIResource? { known.first { $0.pathName == name } }
}
