import ClusterModel

/// One file of the manifests folder after reading: the pods it holds, or why it is refused.
struct ManifestFile: Sendable, Equatable {
    var name: String
    var pods: Result<[Pod], ManifestRefusal>
}

/// Why a manifest file is not used; `place` is `FILE` or `FILE:LINE:COLUMN`.
struct ManifestRefusal: Error, Sendable, Equatable {
    var place: String
    var message: String
    /// The file is empty, as one is between a shell's truncating it and its program's writing: only the next look tells.
    var mayPass = false
}

/// What the manifests folder changes. A file that cannot be read keeps the pods it gave before: a bad edit or a
/// half-written file must not stop anything.
struct ManifestPlan: Equatable {
    /// The annotation that says which file a pod came from.
    static let fileAnnotation = "minion/manifest-file"

    /// One group per pod, so that a conflict refuses that pod alone.
    private(set) var writes: [Write] = []
    private(set) var refusals: [ManifestRefusal] = []

    /// - Parameters:
    ///   - files: every file of the folder, in order of name; the first to claim a pod's name has it.
    ///   - stored: what the file source wants now.
    init(files: [ManifestFile], stored: [StoredObject]) {
        var claimed: [ObjectKey: String] = [:]
        var kept: Set<ObjectKey> = []
        for file in files {
            switch file.pods {
            case .failure(let refusal):
                refusals.append(refusal)
                kept.formUnion(
                    stored.filter { $0.object.meta.annotations[Self.fileAnnotation] == file.name }.map(\.object.key))
            case .success(let pods):
                for var pod in pods {
                    if let other = claimed[pod.key] {
                        let message = "\(pod.key) is already defined by \(other)"
                        refusals.append(ManifestRefusal(place: file.name, message: message))
                        continue
                    }
                    claimed[pod.key] = file.name
                    pod.meta.annotations[Self.fileAnnotation] = file.name
                    writes.append(.put(.pod(pod), resourceVersion: 0))
                }
            }
        }
        let wanted = kept.union(claimed.keys)
        for key in stored.map(\.object.key).sorted() where !wanted.contains(key) {
            writes.append(.remove(key, resourceVersion: nil))
        }
    }
}
