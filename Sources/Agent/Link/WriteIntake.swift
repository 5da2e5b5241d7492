import ClusterModel
import Wire

/// Collects what a connection writes until it is whole: single writes at once, sets at their last part, transactions at
/// their commit. Pure: it decodes and checks, the caller stores.
struct WriteIntake {
    /// A write, a set or a transaction that can be stored now.
    struct Ready: Sendable, Equatable {
        var id: RequestID?
        var line: Int
        var writes: [Write]
        var resourceVersion: UInt64?
        var warnings: [String]
    }

    /// What became of one request.
    enum Outcome: Sendable, Equatable {
        case ready(Ready)
        /// Checked and kept for later.
        case held
    }

    private struct Transaction {
        var writes: [Write] = []
        var warnings: [String] = []
        var byteCount = 0
        /// The first ones, to be named.
        var badLines: [Int] = []
        var badLineCount = 0
    }

    private struct OpenSet {
        var objects: [ClusterObject] = []
        var byteCount = 0
    }

    /// Lines named in the refusal of a commit; the rest is counted.
    static let namedBadLines = 10

    private let decoder: ObjectDecoder
    private let maxTransactionBytes: Int
    private var transaction: Transaction?
    private var openSets: [ObjectKind: OpenSet] = [:]

    init(decoder: ObjectDecoder, maxTransactionBytes: Int) {
        self.decoder = decoder
        self.maxTransactionBytes = maxTransactionBytes
    }

    /// Notes that line `number` was refused: inside a transaction it dooms the commit.
    mutating func noteRefusal(line number: Int) {
        guard transaction != nil else { return }
        transaction?.badLineCount += 1
        if transaction?.badLineCount ?? 0 <= Self.namedBadLines { transaction?.badLines.append(number) }
        transaction?.writes = []
    }

    /// Takes one writing request of `byteCount` bytes.
    /// - Throws: a fault that carries the request's id and line; the caller answers it and calls `noteRefusal`.
    mutating func take(_ request: Request, byteCount: Int) throws(WireFault) -> Outcome {
        do {
            switch request.operation {
            case .begin: return try begin()
            case .commit: return try commit(request)
            default: return try write(request, byteCount: byteCount)
            }
        } catch {
            var fault = error
            fault.id = request.id
            fault.line = request.line
            throw fault
        }
    }

    private mutating func begin() throws(WireFault) -> Outcome {
        if transaction != nil { throw WireFault(.badRequest, "begin inside a transaction that is still open") }
        transaction = Transaction()
        return .held
    }

    private mutating func commit(_ request: Request) throws(WireFault) -> Outcome {
        guard let open = transaction else { throw WireFault(.badRequest, "commit without begin") }
        transaction = nil
        guard open.badLines.isEmpty else {
            let named = open.badLines.map(String.init).joined(separator: ", ")
            let more = open.badLineCount - open.badLines.count
            let rest = more > 0 ? " and \(more) more" : ""
            throw WireFault(.invalid, "nothing was applied: line \(named)\(rest) of the transaction was refused")
        }
        return .ready(
            Ready(
                id: request.id, line: request.line, writes: open.writes, resourceVersion: nil,
                warnings: request.warnings + open.warnings))
    }

    private mutating func write(_ request: Request, byteCount: Int) throws(WireFault) -> Outcome {
        var ready = Ready(id: request.id, line: request.line, writes: [], warnings: request.warnings)
        switch request.operation {
        case .apply(let object, let version):
            let decoded = try decode(object, kind: nil)
            // A version on a list would fence each item against its siblings; a list's items carry their own.
            let isSingle = decoded.objects.count == 1
            ready.writes = decoded.objects.map { .put($0, resourceVersion: isSingle ? version : nil) }
            ready.resourceVersion = version ?? (isSingle ? decoded.objects.first?.version : nil)
            ready.warnings += decoded.warnings
        case .remove(let key, let version):
            ready.writes = [.remove(key, resourceVersion: version)]
            ready.resourceVersion = version
        case .set(let kind, let items, let version, let more):
            let part = try decode(
                .object(["kind": .string(kind.rawValue + "List"), "items": .array(items)]), kind: kind)
            ready.warnings += part.warnings
            var open = openSets[kind] ?? OpenSet()
            open.objects += part.objects
            open.byteCount += byteCount
            openSets[kind] = more ? open : nil
            guard open.byteCount <= maxTransactionBytes else {
                openSets[kind] = nil
                throw tooLarge("set")
            }
            if more { return .held }
            ready.writes = [.replaceAll(kind, open.objects, resourceVersion: version)]
            ready.resourceVersion = version
        default:
            throw WireFault(.internalError, "\(request.operation.name.rawValue) does not write")
        }
        return try hold(ready, byteCount: byteCount)
    }

    private mutating func hold(_ ready: Ready, byteCount: Int) throws(WireFault) -> Outcome {
        guard var open = transaction else { return .ready(ready) }
        open.byteCount += byteCount
        guard open.byteCount <= maxTransactionBytes else { throw tooLarge("transaction") }
        if open.badLines.isEmpty { open.writes += ready.writes }
        open.warnings += ready.warnings
        transaction = open
        return .held
    }

    private func tooLarge(_ what: String) -> WireFault {
        WireFault(.tooLarge, "the \(what) is larger than \(maxTransactionBytes) bytes (setting maxTransactionBytes)")
    }

    private func decode(_ value: JSONValue, kind: ObjectKind?) throws(WireFault) -> Decoded {
        do {
            return try decoder.decode(value, defaultKind: kind)
        } catch {
            throw WireFault(error)
        }
    }
}

extension ClusterObject {
    /// The resourceVersion the object itself carries; `nil` for none.
    fileprivate var version: UInt64? { meta.resourceVersion == 0 ? nil : meta.resourceVersion }
}
