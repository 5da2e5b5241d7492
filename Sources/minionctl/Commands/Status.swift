import ArgumentParser
import Wire

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how the node is. Exits with 1 when something is wrong.")

    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if place.master != nil {
            throw ValidationError("status shows a node; `minionctl get minions --master URL` shows a cluster's")
        }
    }

    func run() async throws {
        try await place.session { session in
            let report = try await session.health()
            print("node      \(report.node)")
            print("agent     \(report.agent)")
            print("up for    \(report.uptime.components.seconds) s")
            print("pods      \(report.pods.applied) of \(report.pods.desired) as wanted")
            print("services  \(report.services.applied) of \(report.services.desired) as wanted")
            if report.isHealthy { return print("state     healthy") }
            for words in report.degraded { print("degraded  \(words)") }
            throw ExitCode.failure
        }
    }
}
