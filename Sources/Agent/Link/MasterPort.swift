import FoundationEssentials
import Logging
import Machine
import Wire

/// The port masters come to. It is plain, with a token, until the node has a certificate; from then on it speaks TLS only,
/// also when the certificate's file vanishes. A new certificate counts for the next connection.
actor MasterPort {
    /// The address of a port with TLS when nobody has said one: it is safe to be reached.
    static let openAddress = "0.0.0.0"

    private let config: AgentConfig
    private let nodeName: String
    /// Whether there is a token, and so a plain port.
    private let hasToken: Bool
    private let server: LineServer
    private let door: TLSDoor
    private let board: StatusBoard
    private let logger: Logger
    private var loaded: TLSFiles.Contents?
    /// What was complained of, so that it is logged once.
    private var rejected: TLSFiles.Contents?
    private var complaint: String?
    /// Where the port is open; `nil` while it is closed.
    private(set) var address: ListenAddress?
    /// The port it had on loopback, where any free one was asked for.
    private var port: Int?

    init(
        _ config: AgentConfig, nodeName: String, hasToken: Bool, server: LineServer, board: StatusBoard, logger: Logger
    ) {
        self.config = config
        self.nodeName = nodeName
        self.hasToken = hasToken
        self.server = server
        self.board = board
        self.logger = logger
        let refusals = RefusalLog(logger)
        door = TLSDoor(nil) { peer, error in refusals.note(peer, error) }
    }

    /// Opens the port, with a certificate or with a token. With neither, or with a certificate that cannot be used, it stays
    /// closed: the rest of the node goes on, and the board says why.
    /// - Throws: `StartError` when the address cannot be had.
    func open() async throws(StartError) {
        await load()
        guard isWanted else {
            if complaint == nil {
                logger.notice("neither certificate nor token: only the local socket is served (minionctl join)")
            }
            return
        }
        do {
            try await listen()
        } catch {
            throw StartError(code: .listen, message: "\(error)")
        }
    }

    /// Looks at the files until it is cancelled.
    nonisolated func run() async throws {
        let file = config.tls.certificate
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
        try await FolderLooks(folder: folder, name: "the certificate", logger: logger).run { looks in
            for await _ in looks { await self.look() }
        }
    }

    /// Whether there is something to serve with: a certificate, or a token and no wish for a certificate.
    private var isWanted: Bool { door.current != nil || hasToken && complaint == nil }

    /// Takes over what has changed, opens the port where it was closed for want of a certificate, and opens it to all
    /// addresses where only the want of one held it on loopback.
    func look() async {
        await load()
        if let address, isNarrow(address) {
            // Both at once the kernel does not allow. Connections from before go on.
            await server.unbind(address)
            (self.address, port) = (nil, address.port)
        }
        guard isWanted, address == nil else { return }
        do {
            try await listen()
        } catch {
            board.note(problem: "port", "\(error)")
            logger.error("\(error)")
        }
    }

    private func listen() async throws(WireError) {
        let host = door.current != nil && !config.isAddressChosen ? Self.openAddress : config.address
        let bound = try await server.bind(host: host, port: port ?? config.port, door: door)
        address = bound
        board.note(problem: "port", nil)
        logger.info("serving on \(bound)\(door.current.map { " with the certificate of \($0.summary)" } ?? "")")
    }

    /// Whether the port is bound to loopback only because nobody had said an address and there was no certificate.
    private func isNarrow(_ bound: ListenAddress) -> Bool {
        guard case .tcp(let host, _) = bound, door.current != nil, !config.isAddressChosen else { return false }
        return host != Self.openAddress
    }

    /// Reads the files and takes a certificate that works; otherwise the one before stays, and the board says why.
    private func load() async {
        var contents: TLSFiles.Contents?
        do {
            contents = try config.tls.read()
            if let contents, contents != loaded {
                let credentials = try TLSCredentials(contents)
                try await credentials.check()
                take(credentials, contents)
            }
            // Also where the old file is back, or none is there.
            (complaint, rejected) = (nil, nil)
        } catch {
            let words = "the certificate in \(config.tls.certificate) cannot be used: \(error)"
            // The words may tell the time; what is complained of is the same then.
            if complaint == nil || rejected != contents { logger.error("\(words)") }
            (complaint, rejected) = (words, contents)
        }
        board.note(problem: "certificate", complaint)
        judge()
    }

    private func take(_ credentials: TLSCredentials, _ contents: TLSFiles.Contents) {
        let isNew = loaded != nil
        loaded = contents
        door.replace(credentials)
        if isNew { logger.notice("new connections see the certificate of \(credentials.summary)") }
        let words = credentials.mismatch(with: nodeName)
        if let words { logger.warning("\(words)") }
        board.note(problem: "certificate-name", words)
    }

    /// Says in time that a certificate ends.
    private func judge() {
        guard complaint == nil, let credentials = door.current else { return }
        board.note(problem: "certificate-life", credentials.warning(now: Int(Date.now.timeIntervalSince1970)))
    }
}
