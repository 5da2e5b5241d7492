import Glibc

/// `minion-swarm COUNT [PORT]`: COUNT minions that speak the protocol of port 10250 and run nothing. Prints `{"minions":COUNT}`
/// when all listen, then answers commands (`SwarmControl`) until standard input ends.
@main struct MinionSwarm {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().compactMap(Int.init)
        guard let count = numbers.first, (1...20_000).contains(count),
            let port = UInt16(exactly: numbers.dropFirst().first ?? 10_250)
        else {
            print("usage: minion-swarm COUNT [PORT]")
            exit(2)
        }
        signal(SIGPIPE, SIG_IGN)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        do {
            let swarm = try Swarm(count: count, port: port)
            var control = SwarmControl()
            print(#"{"minions":\#(count)}"#)
            fflush(nil)
            swarm.run(&control)
        } catch {
            print(error)
            exit(1)
        }
    }
}
