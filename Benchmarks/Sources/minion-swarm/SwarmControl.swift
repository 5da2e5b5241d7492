import Glibc

/// Commands on standard input, a line each, and a line of JSON on standard output for each. Times are nanoseconds of
/// CLOCK_MONOTONIC.
///
/// | command | answer |
/// |---|---|
/// | `state` | how many sessions, objects and requests there are |
/// | `object KIND NAMESPACE NAME` | its newest version, how many minions have it, and since when all have |
/// | `drop` | cuts all connections |
/// | `ready NAMESPACE NAME`, `unready …` | the pod says that it runs, or waits |
struct SwarmControl {
    private var input: [UInt8] = []

    /// Answers what was written; whether there will be more.
    mutating func answer(_ swarm: Swarm) -> Bool {
        var piece = [UInt8](repeating: 0, count: 4_096)
        let count = read(STDIN_FILENO, &piece, piece.count)
        guard count > 0 else { return false }
        input += piece[..<count]
        while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
            let words = String(decoding: input[..<end], as: UTF8.self).split(separator: " ")
            input.removeFirst(end + 1)
            print(answer(words, swarm))
        }
        fflush(nil)
        return true
    }

    private func answer(_ words: [Substring], _ swarm: Swarm) -> String {
        switch (words.first, words.count) {
        case ("state", 1): return state(swarm)
        case ("drop", 1):
            let now = Swarm.now()
            swarm.drop()
            return #"{"at":\#(now)}"#
        case ("object", 4):
            guard let kind = SwarmKind.allCases.first(where: { $0.name.description == words[1] }),
                let entry = swarm.shared[ObjectKey(kind, namespace: words[2].utf8, name: words[3].utf8)]
            else { return #"{"version":0,"holders":0,"completed":0}"# }
            return #"{"version":\#(entry.version),"holders":\#(entry.holders),"completed":\#(entry.completed)}"#
        case ("ready", 3), ("unready", 3): return say(swarm, words[1], words[2], isReady: words[0] == "ready")
        default: return #"{"error":"unknown command"}"#
        }
    }

    private func state(_ swarm: Swarm) -> String {
        let kinds = SwarmKind.allCases.filter { $0 != .pod }.map { kind in
            let (known, everywhere) = swarm.shared.counts(kind)
            return #""\#(kind.name)":{"known":\#(known),"everywhere":\#(everywhere)}"#
        }
        return #"{"minions":\#(swarm.minions.count),"watching":\#(swarm.watching),"# + kinds.joined(separator: ",")
            + #","pods":\#(swarm.owners.count),"behind":\#(swarm.shared.behind),"requests":\#(swarm.requests),"#
            + #""fullSets":\#(swarm.fullSets),"allWatchingSince":\#(swarm.allWatchingSince)}"#
    }

    private func say(_ swarm: Swarm, _ namespace: Substring, _ name: Substring, isReady: Bool) -> String {
        let key = ObjectKey(.pod, namespace: namespace.utf8, name: name.utf8)
        guard let minion = swarm.owners[key].map({ swarm.minions[$0] }), let session = minion.session else {
            return #"{"error":"no minion has it, or the one that has is not spoken with"}"#
        }
        minion.pods[key]?.isReady = isReady
        let now = Swarm.now()
        if let pod = minion.pods[key] { session.say(pod) }
        swarm.send(session)
        return #"{"at":\#(now)}"#
    }
}
