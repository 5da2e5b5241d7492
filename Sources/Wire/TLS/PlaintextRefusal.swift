import NIOCore

/// Stands before NIOSSL's handler and tells a peer that does not begin with TLS, or with nothing, in a line that it can read
/// what is spoken here. A client of the plain protocol waits for the agent's `hello`, so both would wait for each other.
final class PlaintextRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The first byte of a TLS handshake record (RFC 8446 §5.1).
    private static let handshake: UInt8 = 22

    private let peer: String
    private let patience: TimeAmount
    private let trouble: TLSTrouble
    private var hasBegun = false
    private var timer: Scheduled<Void>?

    init(peer: String, patience: Duration, trouble: TLSTrouble) {
        self.peer = peer
        self.patience = TimeAmount(patience)
        self.trouble = trouble
    }

    func channelActive(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            if !self.hasBegun { self.refuse(context, "waits for a plain greeting") }
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if hasBegun { return context.fireChannelRead(data) }
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return }
        hasBegun = true
        timer?.cancel()
        guard first == Self.handshake else { return refuse(context, "speaks without TLS") }
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
    }

    private func refuse(_ context: ChannelHandlerContext, _ what: String) {
        trouble.note(WireError(.notTheProtocol, "\(peer) \(what)"))
        let fault = WireFault(
            .unauthorized, "this port speaks TLS 1.3 and wants a certificate of the cluster's authority")
        var line: [UInt8] = []
        Reply.error(fault).writeLine(into: &line)
        // From here on towards the network, so past the handler that would encrypt it.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: line))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}
