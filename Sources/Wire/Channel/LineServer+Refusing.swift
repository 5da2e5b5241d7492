import NIOCore

/// Connections there is no room for.
extension LineServer {
    /// Tells a peer that there are too many connections, and whoever watches the door. On the event loop. A failure closes the
    /// connection.
    func refuse(
        _ channel: any Channel, _ refusals: ConnectionSlots, _ door: TLSDoor?
    ) -> EventLoopFuture<Void> {
        let words = "\(limits.maxConnections) connections are open, which is the most"
        let fault = WireFault(.tooManyRequests, "\(words); try again later")
        return channel.peer().flatMapThrowing { peer in
            door?.onRefusal(peer, WireError(.tooManyConnections, words))
            guard let credentials = door?.current else {
                return try channel.pipeline.syncOperations.addHandler(RefusalHandler(.error(fault)))
            }
            try self.refuse(channel, peer, credentials, refusals, .error(fault))
        }
    }

    /// The same over TLS. Only who has a certificate of the cluster gets as far as the line.
    private func refuse(
        _ channel: any Channel, _ peer: Peer, _ credentials: TLSCredentials, _ refusals: ConnectionSlots, _ reply: Reply
    ) throws {
        guard refusals.take() else { throw WireError(.tooManyConnections, "\(peer) is refused without a word") }
        channel.closeFuture.whenComplete { _ in refusals.giveBack() }
        var limits = limits
        (limits.greetingDeadline, limits.firstByteDeadline) = (limits.refusalDeadline, limits.refusalDeadline)
        let handshake = try Handshake.serve(channel, credentials, peer: peer, limits: limits)
        handshake.outcome.flatMap { _ in
            var line: [UInt8] = []
            reply.writeLine(into: &line)
            return channel.writeAndFlush(ByteBuffer(bytes: line))
        }.whenComplete { _ in channel.close(promise: nil) }
    }
}
