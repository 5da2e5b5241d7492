import ClusterModel
import FoundationEssentials
import Logging
import Machine
import Wire

/// Keeps the file source equal to the manifests folder.
struct ManifestLoop: Sendable {
    let folder: String
    let store: DesiredStore
    let board: StatusBoard
    let decoder: ObjectDecoder
    let logger: Logger

    /// Takes back what an earlier run stored of the folder, for a start with the source turned off: otherwise its pods would
    /// stay for ever, and no master could have their names.
    static func turnOff(store: DesiredStore, board: StatusBoard) async {
        let group = WriteGroup(writes: [.replaceAll(.pod, [], resourceVersion: nil)], fence: .exempt)
        guard case .failure(let refusal)? = await store.commit([group], source: .file).first else { return }
        let words = WireFault(refusal, id: nil, line: 0).message
        board.note(problem: "manifests", "the pods of the manifests folder stay although it is turned off: \(words)")
    }

    /// Runs until it is cancelled.
    func run() async throws {
        try await FolderLooks(folder: folder, name: "the manifests folder", logger: logger).run { looks in
            var reported = ManifestReport()
            for await _ in looks { reported = await read(reported) }
        }
    }

    /// Reads the folder once and stores what changed; what was already reported is not logged again, and what may pass only
    /// when it is still so at the second look.
    /// - Returns: what is refused now.
    func read(_ reported: ManifestReport) async -> ManifestReport {
        let files: [ManifestFile]
        do {
            files = try self.files()
        } catch is ManifestFolderMissing {
            return reported
        } catch {
            // A folder that cannot be read changes nothing: its pods keep running (reference §2.2).
            board.note(problem: "manifests", "the manifests folder \(folder) cannot be read: \(error)")
            return reported
        }
        let plan = ManifestPlan(files: files, stored: await store.objects(of: .file))
        var refusals = plan.refusals
        let groups = plan.writes.map { WriteGroup(writes: [$0], fence: .exempt) }
        for (write, result) in zip(plan.writes, await store.commit(groups, source: .file)) {
            if case .failure(let refusal) = result { refusals.append(Self.refusal(of: write, refusal)) }
        }
        let report = reported.next(refusals)
        for refusal in report.told where !reported.told.contains(refusal) {
            logger.error(
                "manifest refused: \(refusal.place): \(refusal.message)",
                metadata: ["event": "\(JournalEvent.manifestRefused)", "source": "\(Source.file.rawValue)"])
        }
        let words = report.told.map { "\($0.place): \($0.message)" }.joined(separator: "; ")
        board.note(problem: "manifests", report.told.isEmpty ? nil : "manifests refused: \(words)")
        return report
    }

    private func files() throws -> [ManifestFile] {
        let reader = ManifestReader(decoder: decoder)
        // An absent folder holds no manifests; the pods of one that vanished go on (reference §2.2: no update is sent).
        guard FileManager.default.fileExists(atPath: folder) else { throw ManifestFolderMissing() }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
        return names.enumerated().compactMap { index, name -> ManifestFile? in
            guard index < ManifestReader.maxFiles else {
                let words = "the folder holds more than \(ManifestReader.maxFiles) files"
                return ManifestFile(name: name, pods: .failure(ManifestRefusal(place: name, message: words)))
            }
            do throws(FileError) {
                let text = try AtomicFile.read("\(folder)/\(name)", limit: ManifestReader.maxFileBytes)
                // `nil` is a file that went between listing and reading.
                return text.map { reader.read($0, name: name) }
            } catch  where error.code == .unsuitable {
                // A folder or a device: no recursion (reference §2.2).
                return nil
            } catch {
                return ManifestFile(name: name, pods: .failure(ManifestRefusal(place: name, message: "\(error)")))
            }
        }
    }

    private static func refusal(of write: Write, _ refusal: StoreRefusal) -> ManifestRefusal {
        let place =
            switch write {
            case .put(let object, _): object.meta.annotations[ManifestPlan.fileAnnotation] ?? object.key.description
            case .remove(let key, _): key.description
            case .replaceAll(let kind, _, _): kind.rawValue
            }
        return ManifestRefusal(place: place, message: WireFault(refusal, id: nil, line: 0).message)
    }
}

/// What is said of the folder's files after a look.
struct ManifestReport: Equatable {
    /// What is in the journal and in the node's status.
    private(set) var told: [ManifestRefusal] = []
    /// What may pass and was seen once.
    private(set) var waiting: [ManifestRefusal] = []

    /// The report after a look that refuses `refusals`.
    func next(_ refusals: [ManifestRefusal]) -> ManifestReport {
        var next = ManifestReport()
        for refusal in refusals {
            let isNews = refusal.mayPass && !told.contains(refusal) && !waiting.contains(refusal)
            if isNews { next.waiting.append(refusal) } else { next.told.append(refusal) }
        }
        return next
    }
}

/// The manifests folder is not there.
private struct ManifestFolderMissing: Error {}
