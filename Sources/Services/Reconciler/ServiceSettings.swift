public import ClusterModel

/// What the service reconciler may be told. The intervals are meant to be left alone.
public struct ServiceSettings: Sendable, Equatable {
    /// Where portal IPs must lie; `nil` accepts them anywhere.
    public var portalNet: IPv4Network?
    /// Between two comparisons with the kernel. What somebody flushed is to be back within 5 s (kube-proxy's interval,
    /// reference §5.4): four, and one for the tick and the repair.
    public var verifyInterval: Duration
    /// First pause after a failure; it doubles with each further one. Shorter would be spent inside the wait for the lock.
    public var firstRetry: Duration
    /// Longest pause between two tries: what was mended by hand is noticed within half a minute.
    public var longestRetry: Duration
    /// Listeners systemd keeps, which is `FileDescriptorStoreMax=` of the unit: beyond it systemd closes what it is
    /// given without a word to us (sd_notify(3), FDSTORE=1).
    public var keptListeners: Int
    /// How often `run()` looks whether something is due: the precision of every retry.
    public var tick: Duration

    /// The defaults.
    public init(portalNet: IPv4Network? = nil) {
        self.portalNet = portalNet
        verifyInterval = .seconds(4)
        firstRetry = .seconds(1)
        longestRetry = .seconds(30)
        keptListeners = 16_384
        tick = .seconds(1)
    }

    /// The pause before the next try after `failures` in a row, at least 1.
    func pause(after failures: Int) -> Duration {
        // 2^10 first pauses are beyond any longest one that makes sense; the bound keeps the shift in range.
        min(longestRetry, firstRetry * (1 << min(max(failures, 1) - 1, 10)))
    }
}
