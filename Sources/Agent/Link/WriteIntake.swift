import ClusterModel
import Pods
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
        var refused = RefusedLines()
    }

    private struct OpenSet {
        var objects: [ClusterObject] = []
        var byteCount = 0
        var refused = RefusedLines()
    }

    /// From so many warnings on an answer says no more about fields that are accepted and not acted on.
    static let doubtLimit = 100

    private let decoder: ObjectDecoder
    private let maxTransactionBytes: Int
    private var transaction: Transaction?
    private var openSets: [ObjectKind: OpenSet] = [:]
    /// A line that nobody could read, with no write after it: it may have been the first part of a set, so a set that goes on
    /// right behind it is not taken for a whole one.
    private var unreadLine: Int?

    init(decoder: ObjectDecoder, maxTransactionBytes: Int) {
        self.decoder = decoder
        self.maxTransactionBytes = maxTransactionBytes
    }

    /// Notes that line `number` was refused: it dooms the transaction and every set that is open.
    /// - Parameter isUnread: whether nobody knows what the line asked for.
    mutating func noteRefusal(line number: Int, isUnread: Bool = false) {
        if isUnread { unreadLine = number }
        transaction?.refused.note(number)
        transaction?.writes = []
        for kind in openSets.keys {
            openSets[kind]?.refused.note(number)
            openSets[kind]?.objects = []
        }
    }

    /// Takes one writing request of `byteCount` bytes.
    /// - Throws: a fault that carries the request's id and line; the caller answers it and calls `noteRefusal`.
    mutating func take(_ request: Request, byteCount: Int) throws(WireFault) -> Outcome {
        defer { unreadLine = nil }
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
        do throws(WireFault) {
            try open.refused.check("transaction")
            if let kind = openSets.keys.min(by: { $0.rawValue < $1.rawValue }) {
                throw WireFault(.invalid, "nothing was applied: the set of \(kind.rawValue) lacks its last part")
            }
        } catch {
            // Parts that were sent with it are part of the failure: the next set begins anew.
            openSets = [:]
            throw error
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
            let decoded = try decode(object)
            // A version on a list would fence each item against its siblings; a list's items carry their own.
            let isSingle = decoded.objects.count == 1
            ready.writes = decoded.objects.map { .put($0, resourceVersion: isSingle ? version : nil) }
            ready.resourceVersion = version ?? (isSingle ? decoded.objects.first?.version : nil)
            ready.warnings += decoded.warnings
        case .remove(let key, let version):
            ready.writes = [.remove(key, resourceVersion: version)]
            ready.resourceVersion = version
        case .set(let kind, let items, let version, let more):
            let part = try add(items, to: kind, byteCount: byteCount, more: more)
            ready.warnings += part.warnings
            guard let objects = part.whole else { return .held }
            ready.writes = [.replaceAll(kind, objects, resourceVersion: version)]
            ready.resourceVersion = version
        default:
            throw WireFault(.internalError, "\(request.operation.name.rawValue) does not write")
        }
        return try hold(ready, byteCount: byteCount)
    }

    /// Adds a part to the set of `kind`. What is refused dooms the set up to its last part, which is refused too: taken for a
    /// whole set, the parts that are left would remove what the refused one named.
    /// - Returns: the whole set at its last part, `nil` before; and the part's warnings.
    private mutating func add(
        _ items: [JSONValue], to kind: ObjectKind, byteCount: Int, more: Bool
    ) throws(WireFault) -> (whole: [ClusterObject]?, warnings: [String]) {
        if openSets[kind] == nil {
            openSets[kind] = OpenSet()
            if let unreadLine { openSets[kind]?.refused.note(unreadLine) }
        }
        defer { if !more { openSets[kind] = nil } }
        let part: Decoded
        do throws(InvalidObject) {
            part = Self.doubting(try decoder.decode(items: items, kind: kind))
        } catch {
            throw WireFault(error)
        }
        if openSets[kind]?.refused.isEmpty == true {
            // In place: a copy for each part would cost the square of the whole.
            openSets[kind]?.byteCount += byteCount
            guard let total = openSets[kind]?.byteCount, total <= maxTransactionBytes else { throw tooLarge("set") }
            openSets[kind]?.objects += part.objects
        }
        if more { return (nil, part.warnings) }
        try openSets[kind]?.refused.check("set")
        return (openSets[kind]?.objects, part.warnings)
    }

    private mutating func hold(_ ready: Ready, byteCount: Int) throws(WireFault) -> Outcome {
        guard transaction != nil else { return .ready(ready) }
        // In place: a copy for each line would cost the square of the whole.
        transaction?.byteCount += byteCount
        guard let total = transaction?.byteCount, total <= maxTransactionBytes else { throw tooLarge("transaction") }
        if transaction?.refused.isEmpty == true { transaction?.writes += ready.writes }
        transaction?.warnings += ready.warnings
        return .held
    }

    /// `decoded` with a warning for what its pods ask for and this agent does not do, `doubtLimit` of them.
    private static func doubting(_ decoded: Decoded) -> Decoded {
        var decoded = decoded
        for case .pod(let pod) in decoded.objects where decoded.warnings.count < doubtLimit {
            let words = UnsupportedFields.warnings(pod.manifest).map { "pod \(pod.meta.name): \($0)" }
            decoded.warnings += words.prefix(doubtLimit - decoded.warnings.count)
        }
        return decoded
    }

    private func tooLarge(_ what: String) -> WireFault {
        WireFault(.tooLarge, "the \(what) is larger than \(maxTransactionBytes) bytes (setting maxTransactionBytes)")
    }

    private func decode(_ value: JSONValue) throws(WireFault) -> Decoded {
        do {
            return Self.doubting(try decoder.decode(value))
        } catch {
            throw WireFault(error)
        }
    }
}

/// The refused lines of something that takes several.
private struct RefusedLines: Sendable {
    /// Lines named in a refusal; the rest is counted.
    static let namedLimit = 10

    /// The first ones.
    private var named: [Int] = []
    private var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func note(_ line: Int) {
        count += 1
        if count <= Self.namedLimit { named.append(line) }
    }

    /// Throws 422 if there is one, in words that call the whole `what`.
    func check(_ what: String) throws(WireFault) {
        if isEmpty { return }
        let words = named.map(String.init).joined(separator: ", ")
        let rest = count > named.count ? " and \(count - named.count) more" : ""
        throw WireFault(.invalid, "nothing was applied: line \(words)\(rest) of the \(what) was refused")
    }
}

extension ClusterObject {
    /// The resourceVersion the object itself carries; `nil` for none.
    fileprivate var version: UInt64? { meta.resourceVersion == 0 ? nil : meta.resourceVersion }
}
