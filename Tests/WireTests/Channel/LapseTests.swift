import Testing

@testable import Wire

@Suite("A certificate that is over when the handshake succeeds")
struct LapseTests {
    @Test(
        "is refused with the reason, as a ticket of before may have let it in",
        arguments: [(-1, false), (0, false), (1, true), (86_400, true)])
    func lapse(_ late: Int, _ isRefused: Bool) {
        let end = 1_700_000_000
        let facts = CertificateFacts(identity: ClusterIdentity(.master, "m1"), notBefore: 0, notAfter: end)
        let error = HandshakeFailure.lapse(of: facts, peer: "10.0.0.1:5", now: end + late)
        let words =
            "10.0.0.1:5 showed the certificate of master m1, which expired on 2023-11-14T22:13:20Z; renew it there "
            + "(minionctl renew)"
        #expect(error?.code == (isRefused ? .certificateInvalid : nil))
        #expect(error?.message == (isRefused ? words : nil))
    }

    @Test("does not matter where none was shown")
    func none() {
        #expect(HandshakeFailure.lapse(of: nil, peer: "10.0.0.1:5", now: 1) == nil)
    }
}
