import Glibc
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// Why TLS failed on a connection, for whoever finds it ended. In TLS 1.3 a client learns of the server's verdict on its
/// certificate only after its own end of the handshake (RFC 8446 §2), so the reason may come late.
final class TLSTrouble: Sendable {
    private let state = Mutex<WireError?>(nil)

    var error: WireError? { state.withLock { $0 } }

    func note(_ error: WireError) {
        state.withLock { if $0 == nil { $0 = error } }
    }
}

/// Stands behind NIOSSL's handler and tells how the handshake ended: with whom, or why not.
final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let tls: NIOSSLHandler
    private let peer: String
    private let isDialler: Bool
    private let trouble: TLSTrouble
    private let deadline: TimeAmount
    private let promise: EventLoopPromise<ClusterIdentity?>
    private var timer: Scheduled<Void>?
    private var isOver = false

    /// `promise` gets the identity in the peer's certificate, which BoringSSL has verified then.
    init(
        _ tls: NIOSSLHandler, peer: String, isDialler: Bool, trouble: TLSTrouble, deadline: Duration,
        promise: EventLoopPromise<ClusterIdentity?>
    ) {
        self.tls = tls
        self.peer = peer
        self.isDialler = isDialler
        self.trouble = trouble
        self.deadline = TimeAmount(deadline)
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: deadline) {
            self.fail(WireError(.greetingDeadlineExceeded, "\(self.peer) did not finish the TLS handshake"))
            channel.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event, !isOver {
            let certificate = tls.peerCertificate.map { CertificateFacts($0) }
            if let error = HandshakeFailure.lapse(of: certificate, peer: peer, now: time(nil)) {
                // Whoever waits for the promise closes the channel.
                return fail(error)
            }
            isOver = true
            timer?.cancel()
            promise.succeed(certificate?.identity)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let certificate = tls.peerCertificate.map { CertificateFacts($0) }
        fail(
            HandshakeFailure.judge(
                error, peer: peer, isDialler: isDialler, certificate: certificate, now: time(nil)))
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(HandshakeFailure.earlyEnd(peer, isDialler: isDialler))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(WireError(.connectionClosed, "the connection to \(peer) has ended"))
    }

    private func fail(_ error: WireError) {
        timer?.cancel()
        // After the handshake it is noted all the same: it may be the peer's late verdict.
        if error.code != .connectionClosed || !isOver { trouble.note(error) }
        guard !isOver else { return }
        isOver = true
        promise.fail(trouble.error ?? error)
    }
}

/// The handshake of one connection, on its way.
struct Handshake: Sendable {
    /// Who the peer is, as its certificate says, which is verified then; or a `WireError`.
    let outcome: EventLoopFuture<ClusterIdentity?>
    let trouble: TLSTrouble

    /// Puts the server's handlers into the pipeline; on the event loop, before the channel is active.
    static func serve(
        _ channel: any Channel, _ credentials: TLSCredentials, peer: Peer, limits: LineLimits
    ) throws -> Handshake {
        let trouble = TLSTrouble()
        try channel.pipeline.syncOperations.addHandler(
            PlaintextRefusal(peer: "\(peer)", patience: limits.firstByteDeadline, trouble: trouble))
        let tls = NIOSSLServerHandler(context: credentials.server)
        return try begin(channel, tls, peer: "\(peer)", isDialler: false, trouble, limits.greetingDeadline)
    }

    /// The same for a client's, to whom `name` says whom it has dialled.
    static func dial(
        _ channel: any Channel, _ credentials: TLSCredentials, name: String, deadline: Duration
    ) throws -> Handshake {
        let tls = try NIOSSLClientHandler(context: credentials.client, serverHostname: nil)
        return try begin(channel, tls, peer: name, isDialler: true, TLSTrouble(), deadline)
    }

    private static func begin(
        _ channel: any Channel, _ tls: NIOSSLHandler, peer: String, isDialler: Bool, _ trouble: TLSTrouble,
        _ deadline: Duration
    ) throws -> Handshake {
        let promise = channel.eventLoop.makePromise(of: ClusterIdentity?.self)
        do {
            try channel.pipeline.syncOperations.addHandlers([
                tls,
                HandshakeHandler(
                    tls, peer: peer, isDialler: isDialler, trouble: trouble, deadline: deadline, promise: promise),
            ])
        } catch {
            promise.fail(error)
            throw error
        }
        return Handshake(outcome: promise.futureResult, trouble: trouble)
    }
}
