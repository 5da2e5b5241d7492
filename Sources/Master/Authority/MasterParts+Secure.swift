import Daemon
import FoundationEssentials
import HummingbirdCore
import Logging
import Machine
import ServiceLifecycle
import Wire

extension MasterIdentity {
    /// The identity that the authority of `config` gives this machine; `nil` where no authority was made.
    /// - Throws: `MasterStartError` when it cannot be used: without it every minion would be lost, and nobody told why.
    static func load(_ config: MasterConfig) throws(MasterStartError) -> MasterIdentity? {
        do {
            guard let authority = try AuthorityFolder(dataFolder: config.dataDir).load() else { return nil }
            let name = HostAddresses.hostname
            return try MasterIdentity(
                authority, name: name.isEmpty ? "master" : name, now: .now
            ) { HostAddresses.all() + config.secureNames }
        } catch {
            throw MasterStartError(code: .authority, message: "the certificate authority: \(error)")
        }
    }

    /// Connects to a minion over TLS. Throws as `LineClient.connect`.
    @Sendable func dial(_ address: MinionAddress) async throws(WireError) -> LineConnection {
        try await LineClient.connect(
            host: address.host, port: address.port, tls: TLSDial(credentials, node: address.minion))
    }
}

extension MasterParts {
    /// What runs where there is an authority: the port where nodes join, and the care for the master's own certificate.
    func secureServices(
        _ identity: MasterIdentity, _ responder: RESTResponder,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> [any ServiceLifecycle.Service] {
        let tokens = JoinTokens(AuthorityFolder(dataFolder: config.dataDir))
        let enrolment = Enrolment(identity.authority, tokens: tokens, time: time, logger: logger)
        let place = config.secureAddress
        let server = RESTServer(
            responder: SecureResponder(
                enrolment: enrolment, authority: identity.authority, api: responder, bounds: bounds),
            address: place, port: config.securePort, bounds: bounds, tls: identity.serverConfiguration, logger: logger,
            prepare: prepare
        ) { [logger] port in
            logger.notice("serving over TLS on \(place):\(port)")
            await onListening(port)
        }
        return [
            Loop("authority") { [time, logger] in try await identity.keepFresh(time, logger) },
            server,
        ]
    }
}
