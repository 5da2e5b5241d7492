import ClusterModel

/// What the query of a request says (reference §6.2). Of a parameter that is there twice the first one counts; unknown
/// parameters are ignored, as in 2014.
struct RESTQuery: Sendable, Equatable {
    /// `namespace`; `nil` when it is not given or empty.
    var namespace: String?
    /// `labels`, empty for everything.
    var labels = ""
    /// `fields`, empty for everything.
    var fields = ""
    /// `resourceVersion` as it was given.
    var resourceVersion = ""
    /// `follow`, `tail` and `since` of a log, as they were given.
    var log: [String: String] = [:]
    /// `reasons`: whether pods say why they do not run (`currentState.message`), of which 2014's servers knew nothing.
    var showsReasons = false
    /// How long a change is waited for before it is answered with 202.
    var patience = RESTLimits.patience

    /// The query `text`, without its `?`.
    /// - Throws: `APIFailure` 400 for what is not percent-encoded as RFC 3986 wants it.
    init(_ text: String) throws(APIFailure) {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = sides.first.flatMap({ PercentEncoding.decode($0, plusIsSpace: true) }),
                let value = PercentEncoding.decode(sides.count == 2 ? sides[1] : "", plusIsSpace: true)
            else { throw APIFailure.badRequest("the query '\(pair)' is not percent-encoded as it should be") }
            if values[key] == nil { values[key] = value }
        }
        namespace = values["namespace"].flatMap { $0.isEmpty ? nil : $0 }
        labels = values["labels"] ?? ""
        fields = values["fields"] ?? ""
        resourceVersion = values["resourceVersion"] ?? ""
        showsReasons = values["reasons"] == "true"
        log = values.filter { LogRange.parameters.contains($0.key) }
        if values["sync"] == "true" {
            let timeout = values["timeout"].flatMap(GoDuration.parse) ?? RESTLimits.syncTimeout
            patience = min(timeout, RESTLimits.longestTimeout)
        }
    }

    /// The label selector and the field selector.
    /// - Throws: `APIFailure` 400, in the words of 2014.
    func selectors() throws(APIFailure) -> (labels: Selector, fields: Selector) {
        do {
            return (try Selector(parsing: labels), try Selector(parsing: fields))
        } catch {
            throw APIFailure.badRequest("\(error)")
        }
    }

    /// The revision a watch of `resource` begins after; 0 for the current objects first.
    /// - Throws: `APIFailure` 422, as 2014 did: some collections are called by their kind, others by their name.
    func revision(of resource: Resource) throws(APIFailure) -> UInt64 {
        if resourceVersion.isEmpty { return 0 }
        let isNumber = resourceVersion.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard isNumber, let revision = UInt64(resourceVersion) else {
            let isCalledByName = resource == .replicationControllers || resource == .events
            throw .invalid(
                isCalledByName ? resource.rawValue : resource.messageName, "",
                [
                    FieldCause(
                        reason: .fieldValueInvalid, field: "resourceVersion", message: "must be a number",
                        value: String(resourceVersion.prefix(FieldCause.valueLimit)))
                ])
        }
        return revision
    }
}

/// Durations as Go writes them, which clients of 2014 send: `30s`, `1m30s`, `250ms`.
enum GoDuration {
    private static let units: [(suffix: String, unit: Duration)] = [
        ("ms", .milliseconds(1)), ("h", .seconds(3_600)), ("m", .seconds(60)), ("s", .seconds(1)),
    ]
    /// More digits are no duration anybody means, and would not fit.
    private static let digitLimit = 9

    /// The duration `text` spells, in whole units; `nil` for any other text.
    static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var total: Duration?
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard digits.count <= digitLimit, let count = Int(digits),
                let match = units.first(where: { rest.hasPrefix($0.suffix) })
            else { return nil }
            rest = rest.dropFirst(match.suffix.count)
            total = (total ?? .zero) + match.unit * count
        }
        return total
    }
}
