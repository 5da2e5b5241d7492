public import Logging
public import Machine

/// How long a leader leads on its word.
public struct ElectionTiming: Sendable, Equatable {
    /// A lease ends this long after its last renewal: whole seconds, for so long nobody leads after a leader's death.
    public var lease: Int
    /// The leader stops this long before its lease would end: what it has just begun is done by then.
    public var margin: Duration
    /// Between two renewals.
    public var renewal: Duration
    /// Between two looks at who leads, and after a failure.
    public var retry: Duration

    /// 10 s, of which the last 3 are not used; two renewals may fail.
    public static let standard = ElectionTiming(
        lease: 10, margin: .seconds(3), renewal: .seconds(2), retry: .seconds(1))

    /// - Parameters: see the properties; `renewal + margin` must be less than `lease`.
    public init(lease: Int, margin: Duration, renewal: Duration, retry: Duration) {
        self.lease = lease
        self.margin = margin
        self.renewal = renewal
        self.retry = retry
    }
}

/// The election among masters on one etcd: who has made the key `<prefix>-leader` leads, as long as its lease is renewed.
public final class EtcdElection: LeaderElection {
    private let lease: any LeaderLease
    private let us: Candidate
    private let logger: Logger
    private let timing: ElectionTiming
    private let time: MonotonicTime
    private let board = StandingBoard(.follows(leader: nil))

    /// - Parameters:
    ///   - url: where the other masters forward writes to while this one leads.
    ///   - time: must go on while the machine is suspended, as etcd's does.
    ///   - logger: told where another master has the same URL.
    public convenience init(
        _ store: EtcdStore, url: String, timing: ElectionTiming = .standard,
        time: MonotonicTime = MonotonicTime(.continuous), logger: Logger
    ) {
        self.init(EtcdLease(store), as: .new(url: url), timing: timing, time: time, logger: logger)
    }

    init(
        _ lease: any LeaderLease, as us: Candidate, timing: ElectionTiming, time: MonotonicTime, logger: Logger
    ) {
        self.lease = lease
        self.us = us
        self.timing = timing
        self.time = time
        self.logger = logger
    }

    /// See `LeaderElection`.
    public func standings() -> AsyncStream<LeaderStanding> { board.standings() }

    /// See `LeaderElection`.
    public var standing: LeaderStanding { board.standing }

    /// See `LeaderElection`. Goes on until etcd has noted the term, or this lead is over.
    public func outrank(_ term: UInt64) async {
        guard term <= Lead.termLimit else { return }
        while case .leads(let lead) = standing, lead.term <= term, let fence = lead.fence, !Task.isCancelled {
            do throws(StoreError) {
                guard let raised = try await lease.raise(above: term, fence: fence) else { return }
                board.announce(.leads(Lead(term: raised, fence: fence)), insteadOf: .leads(lead))
            } catch {
                await pause(timing.retry)
            }
        }
    }

    /// Stands for election until the task is cancelled, then gives the lease back, so that another leads at once.
    public func run() async {
        var namesakes = NamesakeWatch(lease: timing.lease)
        while !Task.isCancelled {
            do throws(StoreError) {
                var holder = try await lease.holder()
                if holder == nil { holder = try await campaign() }
                follow(holder, &namesakes)
            } catch {
                announce(.follows(leader: nil))
            }
            await pause(timing.retry)
        }
    }

    /// - Returns: who was first, where this master has not led.
    private func campaign() async throws(StoreError) -> Candidate? {
        // The lease's time is counted from before it was asked for: it cannot end earlier.
        let begun = time.now()
        let id = try await lease.grant(seconds: timing.lease)
        let claim: Result<LeaderClaim, StoreError>
        do throws(StoreError) {
            claim = .success(try await lease.claim(id, as: us))
        } catch {
            claim = .failure(error)
        }
        var winner: Candidate?
        switch claim {
        case .success(.won(let term, let fence)):
            await lead(id, Lead(term: term, fence: fence), fence, until: begun + leadTime)
        case .success(.lost(let other)): winner = other
        case .failure: break
        }
        // Whatever came of it, and not with this task, which may be cancelled. If it fails, the lease ends by itself.
        await Task { [lease] in
            do throws(StoreError) { try await lease.release(id) } catch {}
        }.value
        _ = try claim.get()
        return winner
    }

    /// Nothing is passed on to our own URL: a key of our own id is that of a claim whose answer was lost, and one of another
    /// process either ends with its lease or is that of a master that was told the same URL.
    private func follow(_ holder: Candidate?, _ namesakes: inout NamesakeWatch) {
        guard let holder, holder.url == us.url else { return announce(.follows(leader: holder?.url)) }
        guard holder.id != us.id, namesakes.lives(holder.id, now: time.now()) else {
            return announce(.follows(leader: nil))
        }
        let why =
            "the master that leads has this one's URL \(us.url): set advertiseUrl of each to its own, and restart it"
        if board.standing != .cannotReach(why) { logger.warning("\(why)") }
        announce(.cannotReach(why))
    }

    /// How long after its last renewal was begun a leader leads.
    private var leadTime: Duration { .seconds(timing.lease) - timing.margin }

    /// Leads until a renewal is refused, none comes through in time, or the task is cancelled.
    private func lead(_ id: LeaseID, _ lead: Lead, _ fence: LeadFence, until first: Duration) async {
        var end = first
        guard time.now() < end else { return }
        announce(.leads(lead))
        while !Task.isCancelled {
            await pause(min(timing.renewal, end - time.now()))
            let begun = time.now()
            guard begun < end, !Task.isCancelled else { break }
            switch await renewal(of: id, fence, before: end) {
            case true?: end = begun + leadTime
            case false?: end = begun
            case nil: continue
            }
        }
        announce(.follows(leader: nil))
    }

    /// Whether the lease was renewed; `nil` when it is not known, and at `end`, when this stops waiting and nobody may still
    /// take this master for the leader.
    private func renewal(of id: LeaseID, _ fence: LeadFence, before end: Duration) async -> Bool? {
        await withTaskGroup(of: Bool?.self) { group in
            group.addTask { [lease, timing, time] in
                do throws(StoreError) {
                    return try await lease.renew(id, fence: fence)
                } catch {
                    // As after a renewal that came through, so that an etcd that refuses at once is not stormed.
                    do { try await time.sleep(timing.retry) } catch {}
                    return nil
                }
            }
            group.addTask { [time] in
                do { try await time.sleep(end - time.now()) } catch {}
                return nil
            }
            let first = await group.next() ?? nil
            // Before the rest of the group has ended: it may hang.
            if time.now() >= end { announce(.follows(leader: nil)) }
            group.cancelAll()
            return first
        }
    }

    private func announce(_ standing: LeaderStanding) { board.announce(standing) }

    /// Ends early when the task is cancelled.
    private func pause(_ duration: Duration) async {
        guard duration > .zero else { return }
        do { try await time.sleep(duration) } catch {}
    }
}
