import FoundationEssentials
import Logging
import Machine
import Synchronization
import Wire

/// The port masters come to. It is plain, with a token, until the node has a certificate; from then on it speaks TLS only,
/// also when the certificate's file vanishes. A new certificate counts for the next connection.
actor MasterPort {
    /// A missed hint is made good within this time; it reads three small files.
    static let rescan = Duration.seconds(20)
    /// The address of a port with TLS when nobody has said one: it is safe to be reached.
    static let openAddress = "0.0.0.0"

    private let config: AgentConfig
    /// Whether there is a token, and so a plain port.
    private let hasToken: Bool
    private let server: LineServer
    private let door: TLSDoor
    private let board: StatusBoard
    private let logger: Logger
    private var loaded: TLSFiles.Contents?
    private var complaint: String?
    /// Where the port is open; `nil` while it is closed.
    private(set) var address: ListenAddress?

    init(_ config: AgentConfig, hasToken: Bool, server: LineServer, board: StatusBoard, logger: Logger) {
        self.config = config
        self.hasToken = hasToken
        self.server = server
        self.board = board
        self.logger = logger
        door = TLSDoor(nil) { peer, error in
            logger.warning(
                "refused \(peer): \(error.message)", metadata: ["event": "\(JournalEvent.masterRefused)"])
        }
    }

    /// Opens the port, with a certificate or with a token. With neither, or with a certificate that cannot be used, it stays
    /// closed: the rest of the node goes on, and the board says why.
    /// - Throws: `StartError` when the address cannot be had.
    func open() async throws(StartError) {
        await load()
        do {
            if door.current != nil {
                try await listen()
            } else if hasToken && complaint == nil {
                try await listen()
            } else if complaint == nil {
                logger.notice("neither certificate nor token: only the local socket is served (minionctl join)")
            }
        } catch {
            throw StartError(code: .listen, message: "\(error)")
        }
    }

    /// Looks at the files until it is cancelled.
    func run() async throws {
        let (looks, look) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.rescan)
                    look.yield()
                }
            }
            group.addTask { await self.passHints(to: look) }
            group.addTask { for await _ in looks { await self.look() } }
            try await group.waitForAll()
        }
    }

    /// Passes inotify's hints on until they end; without them the rescan alone sees a new certificate.
    private nonisolated func passHints(to look: AsyncStream<Void>.Continuation) async {
        let file = config.tls.certificate
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
        do {
            for await _ in try DirectoryWatcher(path: folder) { look.yield() }
        } catch {
            logger.warning("the certificate is only looked at every \(Self.rescan): \(error.message)")
        }
    }

    /// Takes over what has changed, and opens the port where it was closed for want of a certificate.
    func look() async {
        await load()
        guard door.current != nil, address == nil else { return }
        do {
            try await listen()
        } catch {
            board.note(problem: "port", "\(error)")
            logger.error("\(error)")
        }
    }

    private func listen() async throws(WireError) {
        let host = door.current != nil && !config.isAddressChosen ? Self.openAddress : config.address
        let port = try await server.bind(host: host, port: config.port, door: door)
        address = port
        board.note(problem: "port", nil)
        logger.info("serving on \(port)\(door.current.map { " with the certificate of \($0.summary)" } ?? "")")
    }

    private func load() async {
        do {
            let contents = try config.tls.read()
            guard let contents, contents != loaded else { return judge() }
            let credentials = try TLSCredentials(contents)
            let isNew = loaded != nil
            loaded = contents
            door.replace(credentials)
            complain(nil)
            if isNew { logger.notice("new connections see the certificate of \(credentials.summary)") }
        } catch {
            complain("the certificate in \(config.tls.certificate) cannot be used: \(error)")
        }
        judge()
    }

    private func complain(_ words: String?) {
        if let words, words != complaint { logger.error("\(words)") }
        complaint = words
        board.note(problem: "certificate", words)
    }

    /// Says in time that a certificate ends.
    private func judge() {
        guard complaint == nil, let credentials = door.current else { return }
        board.note(problem: "certificate-life", credentials.warning(now: Int(Date.now.timeIntervalSince1970)))
    }
}
