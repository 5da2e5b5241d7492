import Synchronization

/// What the API counts, as Prometheus reads it. Names and labels are those of later API servers, so that their dashboards
/// work. Labels come from fixed lists: no client can make the table grow.
final class RESTMetrics: Sendable {
    /// What a request did, as the metric's label.
    enum Verb: String, Sendable, CaseIterable {
        case get = "GET"
        case list = "LIST"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case watch = "WATCH"
        case proxy = "CONNECT"
        /// What is not about an object.
        case other = "OTHER"
    }

    /// What a request was about.
    struct Label: Sendable, Hashable {
        /// What it did.
        var verb: Verb
        /// `nil` for what is not about an object.
        var resource: Resource?
    }

    private struct Series {
        var answers: [Int: Int] = [:]
        /// How many took at most the bound of the same place in `RESTMetrics.bounds`.
        var buckets = [Int](repeating: 0, count: RESTMetrics.bounds.count)
        var count = 0
        var seconds = 0.0
    }

    /// Upper bounds in seconds: finer than those of later API servers below 25 ms, where our answers are.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    private struct State {
        var series: [Label: Series] = [:]
        var watches: [Resource: Int] = [:]
    }

    private let state = Mutex(State())

    /// Notes an answer with `code` after `time`. A watch is noted when it begins.
    func note(_ label: Label, code: Int, after time: Duration) {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        state.withLock { state in
            var series = state.series[label] ?? Series()
            series.answers[code, default: 0] += 1
            series.count += 1
            series.seconds += seconds
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { series.buckets[index] += 1 }
            state.series[label] = series
        }
    }

    /// Takes a place for a watch of `resource`; whether there was one (`RESTLimits.watches`). It is given back by `endWatch`.
    func beginWatch(_ resource: Resource) -> Bool {
        state.withLock { state in
            guard state.watches.values.reduce(0, +) < RESTLimits.watches else { return false }
            state.watches[resource, default: 0] += 1
            return true
        }
    }

    /// Gives a watch's place back.
    func endWatch(_ resource: Resource) {
        state.withLock { $0.watches[resource, default: 1] -= 1 }
    }

    /// The text of `/metrics` (Prometheus exposition format 0.0.4).
    func text() -> String {
        let (all, watches) = state.withLock { ($0.series, $0.watches) }
        let series = all.sorted { ($0.key.verb.rawValue, $0.key.name) < ($1.key.verb.rawValue, $1.key.name) }
        var text = MetricsText()
        text.begin("apiserver_request_total", .counter, "Requests by what they did and how they were answered.")
        for (label, series) in series {
            for (code, count) in series.answers.sorted(by: { $0.key < $1.key }) {
                text.add("apiserver_request_total", label.labels + [("code", String(code))], Double(count))
            }
        }
        let durations = "apiserver_request_duration_seconds"
        text.begin(durations, .histogram, "From the head of a request to its answer.")
        for (label, series) in series {
            for (bound, count) in zip(Self.bounds, series.buckets) {
                text.add("\(durations)_bucket", label.labels + [("le", "\(bound)")], Double(count))
            }
            text.add("\(durations)_bucket", label.labels + [("le", "+Inf")], Double(series.count))
            text.add("\(durations)_sum", label.labels, series.seconds)
            text.add("\(durations)_count", label.labels, Double(series.count))
        }
        text.begin("apiserver_longrunning_requests", .gauge, "Watches that are open.")
        for (resource, count) in watches.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let labels = [("verb", Verb.watch.rawValue), ("resource", resource.rawValue)]
            text.add("apiserver_longrunning_requests", labels, Double(count))
        }
        return text.text
    }
}

extension RESTMetrics.Label {
    fileprivate var name: String { resource?.rawValue ?? "" }
    fileprivate var labels: [(String, String)] { [("verb", verb.rawValue), ("resource", name)] }
}

/// Writes metrics in the Prometheus exposition format 0.0.4.
struct MetricsText: Sendable {
    /// What a value means over time.
    enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// What was written.
    private(set) var text = ""

    /// Begins the metric `name`.
    /// - Parameter help: one line.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds one value. Label values are escaped.
    mutating func add(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
        let number = value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : "\(value)"
        text += pairs.isEmpty ? "\(name) \(number)\n" : "\(name){\(pairs.joined(separator: ","))} \(number)\n"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
