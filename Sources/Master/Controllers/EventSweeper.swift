import ClusterModel
import FoundationEssentials
import Logging
import Machine

/// Removes events that are older than anybody asks for: without it they would fill the store. In 2014 etcd did it, after 48
/// hours (reference §6.7).
struct EventSweeper: Sendable {
    /// Between two looks, and the longest an event outlives its time.
    static let interval: Duration = .seconds(300)

    let mirror: ClusterMirror
    let registry: Registry
    /// How long an event is kept after it was last written.
    let life: Duration
    let time: MonotonicTime
    let logger: Logger

    /// Looks again and again, until the task is cancelled or the lead is over.
    /// - Returns: `false`, as there is no reason to begin anew.
    func run(under fence: LeadFence?) async -> Bool {
        let fenced = registry.fenced(by: fence) {}
        while !Task.isCancelled {
            await sweep(fenced)
            do { try await time.sleep(Self.interval) } catch { break }
        }
        return false
    }

    /// Removes what is too old now; what cannot be removed is left to the next time.
    func sweep(_ registry: Registry) async {
        let end = registry.clock.now() - TimeInterval(life.components.seconds)
        for case .event(let event) in await mirror.objects(.event) where event.isOlder(than: end) {
            if Task.isCancelled { return }
            do throws(APIFailure) {
                try await registry.delete(
                    .events, namespace: event.meta.namespace, name: event.meta.name,
                    version: event.meta.resourceVersion)
            } catch {
                // Written again or removed meanwhile is no trouble.
                guard error.status.code >= 500 else { continue }
                logger.warning("old events cannot be removed: \(error); trying again in \(Self.interval)")
                return
            }
        }
    }
}

extension Event {
    /// Whether it was last written before `end`; one that does not say when is left.
    fileprivate func isOlder(than end: Date) -> Bool {
        guard let text = lastTimestamp ?? meta.creationTimestamp else { return false }
        do { return try Date(text, strategy: .iso8601) < end } catch { return false }
    }
}
