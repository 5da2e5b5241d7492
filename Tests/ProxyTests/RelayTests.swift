import Testing

@testable import Proxy

/// The relay's decisions, without a socket.
@Suite struct RelayTests {
    /// Memory that is only pointed at. `nonisolated(unsafe)`: nobody reads or writes it.
    private nonisolated(unsafe) static let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

    private func buffer() -> RelayBuffer { RelayBuffer(base: Self.memory) }

    /// A relay whose client has sent `count` bytes that are read and not yet written.
    private func holding(_ count: Int) -> Relay {
        var relay = Relay()
        relay.note(.input, of: .client)
        let isKept = relay.didRead(.bytes(count), into: buffer(), from: .client)
        #expect(isKept)
        return relay
    }

    @Test func readsWhatIsThereAndWritesIt() {
        var relay = Relay()
        #expect(relay.step(from: .client) == .rest)
        relay.note([.input, .output], of: .client)
        #expect(relay.step(from: .client) == .read)
        let isKept = relay.didRead(.bytes(10), into: buffer(), from: .client)
        #expect(isKept)
        #expect(relay.step(from: .client) == .write)
        #expect(relay.step(from: .backend) == .rest)
        let emptied = relay.didWrite(.bytes(10), from: .client)
        #expect(emptied != nil)
        #expect(relay.step(from: .client) == .rest, "a short read means that the socket was empty")
        #expect(relay.outcome == .relaying)
    }

    @Test func aFullReadIsFollowedByAnother() {
        var relay = holding(RelayBuffer.capacity)
        _ = relay.didWrite(.bytes(RelayBuffer.capacity), from: .client)
        #expect(relay.step(from: .client) == .read)
        let isKept = relay.didRead(.wouldBlock, into: buffer(), from: .client)
        #expect(!isKept)
        #expect(relay.step(from: .client) == .rest)
    }

    @Test(arguments: [Readiness.inputEnd, .urgent, .hangUp])
    func afterAnAnnouncementAShortReadIsNotTheLast(_ announcement: Readiness) {
        var relay = Relay()
        relay.note([.input, announcement], of: .client)
        _ = relay.didRead(.bytes(10), into: buffer(), from: .client)
        _ = relay.didWrite(.bytes(10), from: .client)
        #expect(relay.step(from: .client) == .read)
    }

    @Test func nothingIsReadWhileTheOtherSideIsFull() {
        var relay = holding(100)
        let emptied = relay.didWrite(.bytes(60), from: .client)
        #expect(emptied == nil)
        #expect(relay.step(from: .client) == .rest)
        relay.note(.input, of: .client)
        #expect(relay.step(from: .client) == .rest)
        relay.note(.output, of: .backend)
        #expect(relay.step(from: .client) == .write)
        #expect(relay.fromClient.buffer?.count == 40)
        _ = relay.didWrite(.wouldBlock, from: .client)
        #expect(relay.fromClient.buffer?.count == 40)
        #expect(relay.step(from: .client) == .rest)
    }

    @Test func withoutRoomNothingIsReadUntilItCanBeWritten() {
        var relay = Relay()
        relay.note([.input], of: .client)
        relay.didPass(.bytes(60), of: 100, from: .client)
        #expect(relay.step(from: .client) == .rest)
        #expect(relay.fromClient.buffer == nil)
        relay.note([.input, .inputEnd], of: .client)
        #expect(relay.step(from: .client) == .rest)
        relay.note(.output, of: .backend)
        #expect(relay.step(from: .client) == .read, "what stayed in the socket")
        relay.didPass(.wouldBlock, of: 40, from: .client)
        #expect(relay.step(from: .client) == .rest)
        relay.note(.output, of: .backend)
        relay.didPass(.bytes(40), of: 40, from: .client)
        #expect(relay.step(from: .client) == .read, "an end was announced")
        _ = relay.didRead(.ended, into: buffer(), from: .client)
        #expect(relay.step(from: .client) == .endWriting)
    }

    @Test func whatPassesWholeIsLikeARead() {
        var relay = Relay()
        relay.note(.input, of: .client)
        relay.didPass(.bytes(RelayBuffer.capacity), of: RelayBuffer.capacity, from: .client)
        #expect(relay.step(from: .client) == .read)
        relay.didPass(.bytes(100), of: 100, from: .client)
        #expect(relay.step(from: .client) == .rest, "a short read means that the socket was empty")
        relay.note(.input, of: .client)
        relay.didPass(.failed, of: 100, from: .client)
        #expect(relay.step(from: .client) == .rest)
        #expect(relay.outcome == .relaying, "what the backend had sent is still to be read")
        _ = relay.didRead(.failed, into: buffer(), from: .backend)
        relay.didEnd(from: .backend)
        #expect(relay.outcome == .reset)
    }

    @Test func anEndIsPassedOnAfterWhatCameBeforeIt() {
        var relay = holding(100)
        _ = relay.didWrite(.bytes(60), from: .client)
        relay.note([.input, .inputEnd], of: .client)
        #expect(relay.step(from: .client) == .rest)
        relay.note(.output, of: .backend)
        _ = relay.didWrite(.bytes(40), from: .client)
        #expect(relay.step(from: .client) == .read)
        _ = relay.didRead(.ended, into: buffer(), from: .client)
        #expect(relay.step(from: .client) == .endWriting)
        #expect(relay.mustShowEnd(from: .client))
        relay.didEnd(from: .client)
        #expect(relay.isHalfClosed)
        #expect(relay.outcome == .relaying)
        relay.note(.input, of: .backend)
        #expect(relay.step(from: .backend) == .read, "the other direction lives on")
        _ = relay.didRead(.ended, into: buffer(), from: .backend)
        #expect(relay.step(from: .backend) == .endWriting)
        #expect(!relay.mustShowEnd(from: .backend), "closing both shows the last end")
        relay.didEnd(from: .backend)
        #expect(relay.outcome == .finished)
    }

    @Test(arguments: [Relay.Side.client, .backend])
    func aFailedReadResetsBoth(_ side: Relay.Side) {
        var relay = Relay()
        relay.note(.input, of: side)
        _ = relay.didRead(.failed, into: buffer(), from: side)
        #expect(relay.step(from: side) == .endWriting)
        #expect(!relay.mustShowEnd(from: side))
        relay.didEnd(from: side)
        #expect(relay.outcome == .reset)
    }

    @Test func afterAFailedWriteWhatThatSideHadSaidIsStillDelivered() {
        var relay = holding(100)
        _ = relay.didWrite(.failed, from: .client)
        #expect(relay.step(from: .client) == .rest)
        #expect(relay.step(from: .backend) == .read)
        #expect(relay.outcome == .relaying)
        _ = relay.didRead(.bytes(20), into: buffer(), from: .backend)
        #expect(relay.step(from: .backend) == .write)
        _ = relay.didWrite(.bytes(20), from: .backend)
        #expect(relay.step(from: .backend) == .read)
        _ = relay.didRead(.ended, into: buffer(), from: .backend)
        #expect(relay.step(from: .backend) == .endWriting)
        #expect(!relay.mustShowEnd(from: .backend))
        relay.didEnd(from: .backend)
        #expect(relay.outcome == .reset)
    }

    @Test func aResetDoesNotWaitForASlowReader() {
        var relay = holding(100)
        _ = relay.didWrite(.wouldBlock, from: .client)
        #expect(relay.outcome == .relaying)
        relay.note([.input, .inputEnd, .hangUp, .failure, .output], of: .client)
        #expect(relay.step(from: .client) == .rest)
        #expect(relay.outcome == .reset)
    }

    @Test func aResetOfASideThatHadEndedIsSeen() {
        var relay = Relay()
        relay.note([.input, .inputEnd], of: .client)
        _ = relay.didRead(.ended, into: buffer(), from: .client)
        relay.didEnd(from: .client)
        #expect(relay.outcome == .relaying)
        relay.note([.failure, .hangUp], of: .client)
        #expect(relay.outcome == .reset)
    }
}
