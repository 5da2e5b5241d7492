import APIClient
import ClusterModel

/// A container's log, through the master and the pod's minion.
struct ClusterLog {
    let pod: String
    let namespace: String
    /// `nil` for the pod's only one.
    let container: String?
    let range: LogRange

    /// The lines, each with its time in front. Throws `Failure` where there is no log, and what the client throws.
    func lines(_ client: APIClient) async throws -> APILines {
        let object = JSONValue.object(try await client.get(.pods, pod, namespace: namespace, reasons: true))
        let minion = object["currentState"]["host"].cell
        guard !minion.isEmpty else {
            let why = object["currentState"]["message"].cell
            throw Failure("pod/\(pod) is on no minion yet\(why.isEmpty ? "" : ": " + why)")
        }
        let names = object["desiredState"]["manifest"]["containers"].elements.map { $0["name"].cell }
        guard let name = container ?? (names.count == 1 ? names[0] : nil) else {
            throw Failure("pod/\(pod) has several containers: choose one with -c: \(names.joined(separator: ", "))")
        }
        let request = APIRequest(.get, ["proxy", "minions", minion, "containerLogs", namespace, pod, name])
            .adding("tail", range.tail.map(String.init) ?? "").adding("follow", range.follow ? "true" : "")
            .adding("since", range.since ?? "")
        return try await client.lines(request)
    }
}
