import ClusterModel
import Hummingbird
import NIOCore
import NIOSSL

extension RESTResponder {
    /// The answer of the leader to a request that only a leader can answer; `nil` where this master is the one.
    ///
    /// A request goes on once: a master that was asked by another, and does not lead, says who does as far as it knows.
    /// - Throws: `APIFailure` 503 when nobody leads or the leader does not answer, or not by a certificate of the
    ///   cluster: then it is unknown whether it did what it was asked, unless it could not be reached.
    func forwarded(
        _ route: RESTRoute, _ query: RESTQuery, _ request: Request, _ context: RESTContext, target: String
    ) async throws -> Response? {
        switch leader() {
        case .here: return nil
        case .nowhere(let why): throw APIFailure(503, .unavailable, why)
        case .there(let url):
            guard !request.headers.contains(where: { $0.name.canonicalName == ReverseProxy.forwardedField }) else {
                throw APIFailure(503, .unavailable, "this master does not lead; \(url) does, as far as it knows")
            }
            let tls = try tls(to: url)
            let share = BodyBudget.Share(of: budget)
            defer { withExtendedLifetime(share) {} }
            var body = ReverseProxy.Body.asItComes
            if case .proxy = route {
            } else {
                // Read whole, so that the bounds of a body hold here, and its client is told by whom it talks to.
                let isRead = request.hasBody && route.readsBody
                body = .bytes(
                    isRead ? try await ObjectBody.read(request, context.channel, within: bounds.body, share) : [])
            }
            do throws(APIFailure) {
                return try await proxy.pass(
                    request, to: url + target, body: body, isForwarded: true, within: query.patience, tls: tls)
            } catch {
                throw APIFailure(503, .unavailable, "the master that leads cannot be asked: \(error)")
            }
        }
    }

    /// What the leader at `url` is dialled with; `nil` where that is plain HTTP.
    private func tls(to url: String) throws(APIFailure) -> TLSConfiguration? {
        guard url.hasPrefix("https://") else { return nil }
        guard let identity else {
            throw APIFailure(
                503, .unavailable,
                "the master that leads is at \(url), and this one has no certificate authority: copy the folder ca from "
                    + "that one's dataDir, and restart this one")
        }
        return identity.clientConfiguration
    }
}

extension RESTRoute {
    /// Whether only a leader can answer: every change, and what only it hears of minions. The rest any master reads from the
    /// store.
    var isLeaders: Bool {
        switch self {
        case .create, .update, .delete, .redirect, .proxy, .deliveries, .minionStates, .operations, .operation: true
        case .list(let resource), .get(let resource, _): resource == .pods || resource == .minions
        case .welcome, .version, .health, .metrics, .validate, .versions, .moved, .watch, .unknown: false
        }
    }
}
