import Glibc
import NIOCore

extension Channel {
    /// Sets what every connection of lines needs: reading on demand, ends that can end one at a time, and, for TCP, small
    /// lines sent at once and dead peers noticed.
    func prepareForLines(_ limits: LineLimits, isTCP: Bool) -> EventLoopFuture<Void> {
        let common = [
            setOption(.autoRead, value: false),
            setOption(.allowRemoteHalfClosure, value: true),
            // One chunk a read, so that no more is read than there is room for.
            setOption(.maxMessagesPerRead, value: 1),
            setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: LineLimits.initialReadBytes, initial: LineLimits.initialReadBytes,
                    maximum: max(limits.readBytes, LineLimits.initialReadBytes))),
            setOption(.socketOption(.so_sndbuf), value: limits.sendBufferBytes),
        ]
        return EventLoopFuture.andAllSucceed(common + (isTCP ? tcpOptions() : []), on: eventLoop)
    }

    private func tcpOptions() -> [EventLoopFuture<Void>] {
        let numbers = [
            (TCP_NODELAY, 1), (TCP_KEEPIDLE, Keepalive.idleSeconds), (TCP_KEEPINTVL, Keepalive.intervalSeconds),
            (TCP_KEEPCNT, Keepalive.probes), (TCP_USER_TIMEOUT, Keepalive.userTimeoutMilliseconds),
        ]
        return [setOption(.socketOption(.so_keepalive), value: 1)]
            + numbers.map { setOption(.tcpOption(NIOBSDSocket.Option(rawValue: $0)), value: $1) }
    }
}
