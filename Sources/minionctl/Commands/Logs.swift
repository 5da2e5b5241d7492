import APIClient
import ArgumentParser
import ClusterModel
import Wire

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a container wrote.",
        discussion: """
            The newest instance of the container is read, also when it has ended. What went to standard output and to standard \
            error are in one.
            """)

    @Argument(help: "The pod's name.")
    var pod: String
    @Option(name: .shortAndLong, help: "Which of its containers; needed where it has several.")
    var container: String?
    @Option(name: .shortAndLong, help: "Its namespace.")
    var namespace = ObjectMeta.defaultNamespace
    @Flag(name: .shortAndLong, help: "Go on with what it writes, until it ends.")
    var follow = false
    @Option(help: "Only so many lines from the end. (default: all)")
    var tail: Int?
    @Option(help: "Only what is newer: a duration like 10m, or a time of RFC 3339. (default: all)")
    var since: String?
    @Flag(help: "Put its time in front of each line.")
    var timestamps = false
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if let tail, !(0...Int(LogRange.tailLimit)).contains(tail) {
            throw ValidationError("--tail must be 0…\(LogRange.tailLimit), was \(tail)")
        }
        if let since, !LogRange.isTime(since) {
            throw ValidationError("--since must be a duration like 10m or a time of RFC 3339, was '\(since)'")
        }
    }

    func run() async throws {
        let range = LogRange(tail: tail, follow: follow, since: since)
        if let master = try place.cluster() {
            let reader = ClusterLog(pod: pod, namespace: namespace, container: container, range: range)
            let timestamps = timestamps
            return try await place.client(of: master) { client in
                for try await line in try await reader.lines(client) {
                    let text = String(decoding: line, as: UTF8.self)
                    try Output.say(timestamps ? text : String(text.drop { $0 != " " }.dropFirst()))
                }
            }
        }
        let query = LogQuery(
            pod: ObjectKey(kind: .pod, namespace: namespace, name: pod), container: container, range: range)
        try await place.log(query) { lines in
            for line in lines { try Output.say(timestamps ? "\(line.time) \(line.text)" : line.text) }
        }
    }
}
