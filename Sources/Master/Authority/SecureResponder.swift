import ClusterModel
import FoundationEssentials
import Hummingbird
import NIOCore
import NIOSSL
import Wire

/// Answers on the secure port: lets nodes join and renew, and passes everything else on for masters and clients.
struct SecureResponder<API: HTTPResponder>: HTTPResponder where API.Context == RESTContext {
    let enrolment: Enrolment
    let authority: CertificateAuthority
    let api: API
    let bounds: RESTBounds
    /// The same that the API's bodies take from.
    let budget: BodyBudget

    /// What may be asked here beside the API.
    private enum Door: String {
        /// The authority's certificate, for whoever knows its hash.
        case authority = "/v1/authority"
        case join = "/v1/join"
        case renew = "/v1/renew"
    }

    /// The answer to any request; a failure is one too.
    /// - Throws: the connection's error, when nobody is there to be answered.
    func respond(to request: Request, context: RESTContext) async throws -> Response {
        let identity = try await identity(context.channel)
        do {
            if let door = Door(rawValue: request.head.path ?? "") {
                return try await answer(door, request, context, identity).response
            }
            guard let identity else {
                throw APIFailure(401, .unauthorized, "a certificate of the cluster's authority is needed here")
            }
            guard identity.role != .node else {
                throw APIFailure(403, .forbidden, "\(identity) may renew its certificate here and nothing else")
            }
        } catch let failure as APIFailure {
            let response = RESTAnswer.status(failure.status).response
            return request.hasBody ? response.closing(context.channel, after: bounds.body) : response
        }
        return try await api.respond(to: request, context: context)
    }

    private func answer(
        _ door: Door, _ request: Request, _ context: RESTContext, _ identity: ClusterIdentity?
    ) async throws -> RESTAnswer {
        if door == .authority { return .json(["authority": .string(authority.certificatePEM)]) }
        guard request.method == .post else { throw APIFailure(405, .methodNotAllowed, "only POST is taken here") }
        let share = BodyBudget.Share(of: budget)
        defer { withExtendedLifetime(share) {} }
        let body = try await ObjectBody.read(request, context.channel, within: bounds.body, share)
        if door == .join {
            let address = context.channel.remoteAddress?.ipAddress ?? "unknown"
            return .json(try enrolment.join(body, from: address, now: .now))
        }
        guard let identity else {
            throw APIFailure(401, .unauthorized, "who renews a certificate shows the one he has")
        }
        return .json(try enrolment.renew(body, as: identity, now: .now))
    }

    /// Whom the client's certificate stands for; `nil` for a client without one. NIOSSL has verified it.
    private func identity(_ channel: any Channel) async throws -> ClusterIdentity? {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.nioSSL_peerCertificate().flatMap { ClusterIdentity($0) }
        }.get()
    }
}
