import Glibc
import NIOCore
import Testing

@testable import Wire

@Suite("The end of a connection in the middle of a handshake")
struct EarlyEndTests {
    /// Which it is depends on whether the peer had read what it was sent.
    @Test(
        "is the same to who dialled, whether the kernel calls it a reset or a broken pipe",
        arguments: [ECONNRESET, EPIPE])
    func reset(code: CInt) {
        func judge(isDialler: Bool) -> WireError {
            HandshakeFailure.judge(
                IOError(errnoCode: code, reason: "read"), peer: "10.0.0.1:5", isDialler: isDialler, certificate: nil,
                now: 1)
        }
        #expect(judge(isDialler: true).message == HandshakeFailure.earlyEnd("10.0.0.1:5", isDialler: true).message)
        #expect(judge(isDialler: true).message.contains("it may have too many connections"))
        #expect(judge(isDialler: false).message.contains("it may have too many connections") == false)
    }

    @Test("is told apart from what else the kernel says")
    func other() {
        let error = HandshakeFailure.judge(
            IOError(errnoCode: ETIMEDOUT, reason: "read"), peer: "10.0.0.1:5", isDialler: true, certificate: nil, now: 1
        )
        #expect(error.message.hasPrefix("no TLS with 10.0.0.1:5"))
    }
}
