import Daemon
import FoundationEssentials
import HummingbirdCore
import Logging
import Machine
import ServiceLifecycle
import Wire

extension MasterIdentity {
    /// The identity that the authority of `config` gives this machine; `nil` where no authority was made.
    /// - Throws: `MasterStartError` when it cannot be used: without it every minion would be lost, and nobody told why; and
    ///   when there is none, and the others were to find this master over TLS.
    static func load(_ config: MasterConfig) throws(MasterStartError) -> MasterIdentity? {
        do {
            let folder = AuthorityFolder(dataFolder: config.dataDir)
            guard let authority = try folder.load() else {
                guard config.advertisesTLS else { return nil }
                throw AuthorityError(
                    .missing,
                    "advertiseUrl is \(config.advertiseURL), and there is none in \(folder.path): copy it from another "
                        + "master, or, on the first, minion-master ca init")
            }
            let name = HostAddresses.hostname
            return try MasterIdentity(
                authority, name: name.isEmpty ? "master" : name, now: .now
            ) { HostAddresses.all() + config.secureNames + config.advertisedHosts }
        } catch {
            throw MasterStartError(code: .authority, message: "the certificate authority: \(error)")
        }
    }

    /// Connects to a minion over TLS. Throws as `LineClient.connect`.
    @Sendable func dial(_ address: MinionAddress, _ limits: LineLimits) async throws(WireError) -> LineConnection {
        try await LineClient.connect(
            host: address.host, port: address.port, tls: TLSDial(credentials, node: address.minion),
            limits: limits)
    }
}

extension MasterParts {
    /// What runs where there is an authority: the port where nodes join, and the care for the master's own certificate.
    func secureServices(
        _ identity: MasterIdentity, _ responder: RESTResponder,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> [any ServiceLifecycle.Service] {
        let tokens = TokenLedger(
            store: store, authority: identity.authority,
            issued: JoinTokens(AuthorityFolder(dataFolder: config.dataDir)), logger: logger)
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
            Loop("join tokens") { [time] in try await tokens.run(time) },
            server,
        ]
    }
}
