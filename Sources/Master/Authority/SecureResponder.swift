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
    /// What strangers send takes nothing from the API's.
    private let budget = BodyBudget(RESTLimits.enrolmentsBytes)

    init(enrolment: Enrolment, authority: CertificateAuthority, api: API, bounds: RESTBounds) {
        self.enrolment = enrolment
        self.authority = authority
        self.api = api
        self.bounds = bounds
    }

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
                let response = try await answer(door, request, context, identity).response
                return door == .authority && request.hasBody
                    ? response.closing(context.channel, after: bounds.body) : response
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
        let method: HTTPRequest.Method = door == .authority ? .get : .post
        guard request.method == method else {
            throw APIFailure(405, .methodNotAllowed, "only \(method.rawValue) is taken here")
        }
        // Whoever gets nothing here is told so before his body is read.
        switch door {
        case .authority: return .json(["authority": .string(authority.certificatePEM)])
        case .join:
            let address = context.channel.remoteAddress?.ipAddress ?? "unknown"
            try enrolment.admit(address)
            return .json(try await enrolment.join(try await body(request, context), from: address, now: .now))
        case .renew:
            guard let identity else {
                throw APIFailure(401, .unauthorized, "who renews a certificate shows the one he has")
            }
            try enrolment.admit(identity)
            return .json(try enrolment.renew(try await body(request, context), as: identity, now: .now))
        }
    }

    private func body(_ request: Request, _ context: RESTContext) async throws -> [UInt8] {
        let share = BodyBudget.Share(of: budget)
        defer { withExtendedLifetime(share) {} }
        return try await ObjectBody.read(
            request, context.channel, within: bounds.body, share, upTo: RESTLimits.enrolmentBytes)
    }

    /// Whom the client's certificate stands for; `nil` for a client without one. NIOSSL has verified it.
    private func identity(_ channel: any Channel) async throws -> ClusterIdentity? {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.nioSSL_peerCertificate().flatMap { ClusterIdentity($0) }
        }.get()
    }
}
