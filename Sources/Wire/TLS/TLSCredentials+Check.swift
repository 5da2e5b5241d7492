extension TLSCredentials {
    /// Shows the certificate to itself: the authority must have made it and it must be valid now. Nobody else is asked; the
    /// connection goes over the loopback interface.
    /// - Throws: `certificateInvalid` with the reason; `addressInvalid` or `connectFailed` where there is no loopback.
    public func check() async throws(WireError) {
        let server = LineServer()
        let refusal: WireError?
        do {
            let port = try await server.bind(host: "127.0.0.1", port: 0, door: TLSDoor(self) { _, _ in }).port ?? 0
            // What the other end shows is our own certificate: a client says best what is wrong with it.
            let connection = try await LineClient.connect(
                host: "127.0.0.1", port: port, tls: TLSDial(self, node: identity.name))
            connection.abort()
            refusal = nil
        } catch {
            refusal = error
        }
        await server.shutdown()
        guard let refusal else { return }
        throw WireError(refusal.code, refusal.message.replacingPeer(with: "this node"))
    }

    /// What is to be said of a certificate of which more than three quarters are over at `now`, in seconds since 1970; `nil`
    /// before. It is renewed at half, so then something is wrong.
    public func warning(now: Int) -> String? {
        let (life, left) = (notAfter - notBefore, notAfter - now)
        guard left < life / 4 else { return nil }
        let end = HandshakeFailure.date(notAfter)
        return left > 0
            ? "the certificate ends on \(end) and has not been renewed (minion-renew.timer, minionctl renew)"
            : "the certificate has ended on \(end): no master can come; join anew (minionctl join)"
    }
}

extension String {
    /// The text after the first word, behind `words`.
    fileprivate func replacingPeer(with words: String) -> String {
        words + (firstIndex(of: " ").map { String(self[$0...]) } ?? "")
    }
}
