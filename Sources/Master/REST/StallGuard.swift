import Glibc
import NIOCore

/// Closes a connection whose client does not read: after `limit` during which it took too little for
/// anything more to be written. Also lets the kernel find out that a silent client is gone, since a watch may have nothing
/// to say for hours.
final class StallGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    /// tcp(7): seconds of silence before the first probe, between probes, and unanswered probes.
    private static let keepAlive: [(option: ChannelOptions.Types.SocketOption, value: SocketOptionValue)] = [
        (.init(level: .socket, name: .so_keepalive), 1), (.init(level: .tcp, name: .init(rawValue: TCP_KEEPIDLE)), 60),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPINTVL)), 15),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPCNT)), 4),
    ]

    private let limit: TimeAmount
    private var deadline: Scheduled<Void>?

    init(after limit: TimeAmount) {
        self.limit = limit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // A channel that is no socket has none of them and needs none.
        for (option, value) in Self.keepAlive { _ = context.channel.setOption(option, value: value) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        if !context.channel.isWritable {
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: limit) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        context.fireChannelInactive()
    }
}
