import ClusterModel
import Wire

/// A master that stands for election, as the leader's key names it once it has won. A process is known by its id and not by its
/// URL: that may be told to two masters by mistake, and a master that was killed leaves a key with it behind.
struct Candidate: Sendable, Equatable {
    private static let idBytes = 8

    /// Where the other masters find it.
    let url: String
    /// Of this process only, in hex; empty in a key that names none, which then is nobody's own.
    let id: String

    /// The candidate that `value` spells: `{"id":…,"url":…}`, or a URL alone.
    init(_ value: [UInt8]) {
        // What is no such object is taken for a URL, so that whoever cannot be reached by it is named all the same.
        if case .object(let members)? = try? JSONText.parse(value), case .string(let url)? = members["url"],
            case .string(let id)? = members["id"]
        {
            self.init(url: url, id: id)
        } else {
            self.init(url: String(decoding: value, as: UTF8.self), id: "")
        }
    }

    init(url: String, id: String) {
        self.url = url
        self.id = id
    }

    /// This process.
    static func new(url: String) -> Candidate {
        var generator = SystemRandomNumberGenerator()
        return Candidate(
            url: url, id: (0..<idBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex)
    }

    /// The value of the leader's key.
    var value: [UInt8] {
        let members: JSONObject = ["id": .string(id), "url": .string(url)]
        var bytes: [UInt8] = []
        members.write(into: &bytes)
        return bytes
    }
}

/// Tells a master that lives and has our URL from the key of a process that was killed, which ends with its lease.
struct NamesakeWatch {
    /// For how long a key without an owner may be there: a lease, and another where etcd itself has changed its leader and
    /// begun every lease anew.
    static let leases = 2

    private let patience: Duration
    private var seen: (id: String, since: Duration)?

    /// - Parameter lease: the seconds after which a lease ends that nobody renews.
    init(lease: Int) {
        patience = .seconds(lease * Self.leases)
    }

    /// Whether the process `id`, which has been seen to lead at `now`, must be alive.
    mutating func lives(_ id: String, now: Duration) -> Bool {
        guard let seen, seen.id == id else {
            seen = (id, now)
            return false
        }
        return now - seen.since >= patience
    }
}
