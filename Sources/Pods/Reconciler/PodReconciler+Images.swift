import ClusterModel
import Logging
import Machine

/// Bringing images: once for all pods that wait for one, beside the pods' workers, given up when nobody waits any more.
extension PodReconciler {
    func fetch(_ image: String, for key: ObjectKey, container: String) {
        records[key]?.memory.noteFetch(of: container)
        if fetches[image] != nil {
            fetches[image]?.waiting.append((key, container))
            return
        }
        logger.info("bringing image \(image)", metadata: metadata(key, container: container))
        let task = Task {
            let failure: RuntimeError?
            do throws(RuntimeError) {
                let runtime = self.runtime
                try await pulls.run("pull of \(image)") { () async throws(RuntimeError) in
                    guard !Task.isCancelled else { throw RuntimeError(.cancelled, "nobody waits for \(image)") }
                    try await runtime.fetch(image)
                }
                failure = nil
            } catch {
                failure = error
            }
            fetched(image, failure)
        }
        fetches[image] = Fetch(task: task, waiting: [(key, container)])
    }

    private func fetched(_ image: String, _ failure: RuntimeError?) {
        // Cancelled: who cancelled has forgotten it, and another fetch of the image may be under way.
        if failure?.code == .cancelled { return }
        guard let fetch = fetches.removeValue(forKey: image) else { return }
        for (key, container) in fetch.waiting {
            records[key]?.memory.noteFetched(of: container, failure, now: time.now(), limits: settings.limits)
            if let failure {
                logger.warning(
                    "image \(image) for container \(container) of \(key) could not be brought: \(failure.message)",
                    metadata: metadata(key, container: container, event: .imagePullFailed))
            }
            poke(key)
        }
    }

    /// The pod no longer waits for any image.
    func abandonFetches(of key: ObjectKey, in record: inout PodRecord) {
        for (name, memory) in record.memory.containers where memory.image.phase == .fetching {
            record.memory.containers[name]?.image.phase = .idle
        }
        for (image, fetch) in fetches {
            let left = fetch.waiting.filter { $0.key != key }
            guard left.count < fetch.waiting.count else { continue }
            if left.isEmpty {
                fetch.task.cancel()
                fetches[image] = nil
            } else {
                fetches[image]?.waiting = left
            }
        }
    }
}
