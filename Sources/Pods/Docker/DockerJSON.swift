import ClusterModel
import FoundationEssentials

/// What the `docker` command prints. Pure.
enum DockerJSON {
    /// A line of `docker ps` with our template.
    struct Listed: Decodable, Equatable {
        var id: String
        var name: String
        var labels: [String: String]

        /// What is known of a container that is listed and not told of; `nil` when it is not labelled as ours are.
        func unknown(_ why: String) -> ObservedContainer? {
            DockerLabels.read(labels).map {
                ObservedContainer(id: id, name: name, labels: $0, state: .unknown(why))
            }
        }
    }

    /// The lines of `docker ps`. A container that is not labelled as ours are is left out.
    static func list(_ output: [UInt8]) throws(RuntimeError) -> [Listed] {
        var listed: [Listed] = []
        for line in lines(of: output) { listed.append(try decode(Listed.self, line)) }
        return listed.filter { DockerLabels.read($0.labels) != nil }
    }

    /// The lines of `docker inspect`. A container that is not labelled as ours are is left out.
    static func inspected(_ output: [UInt8]) throws(RuntimeError) -> [ObservedContainer] {
        var observed: [ObservedContainer] = []
        for line in lines(of: output) {
            if let container = try decode(Inspected.self, line).observed { observed.append(container) }
        }
        return observed
    }

    /// A line of `docker events`; `nil` for what is nobody's business.
    static func event(_ line: String) throws(RuntimeError) -> RuntimeEvent? {
        let event = try decode(Event.self, Array(line.utf8))
        let kind: RuntimeEvent.Kind
        switch event.action {
        case "start": kind = .started
        case "die": kind = .died
        case "destroy": kind = .removed
        default: return nil
        }
        return DockerLabels.read(event.actor.attributes).map {
            RuntimeEvent(kind: kind, id: event.actor.id, pod: $0.key)
        }
    }

    private static func lines(of output: [UInt8]) -> [[UInt8]] {
        output.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) throws(RuntimeError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line))
        } catch {
            let start = String(decoding: line.prefix(120), as: UTF8.self)
            throw RuntimeError(.unreadable, "docker printed what cannot be read as \(type): \(start)")
        }
    }
}

private struct Event: Decodable {
    struct Actor: Decodable {
        var id: String
        var attributes: [String: String]

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case attributes = "Attributes"
        }
    }

    var action: String
    var actor: Actor

    enum CodingKeys: String, CodingKey {
        case action = "Action"
        case actor = "Actor"
    }
}

private struct Inspected: Decodable {
    struct State: Decodable {
        var status: String
        var exitCode: Int
        var outOfMemory: Bool
        var error: String
        var startedAt: String
        var finishedAt: String

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case exitCode = "ExitCode"
            case outOfMemory = "OOMKilled"
            case error = "Error"
            case startedAt = "StartedAt"
            case finishedAt = "FinishedAt"
        }
    }

    struct Network: Decodable {
        var address: String?

        enum CodingKeys: String, CodingKey {
            case address = "IPAddress"
        }
    }

    var id: String
    var name: String
    var state: State
    var image: String
    var labels: [String: String]?
    var stopSignal: String?
    var networkMode: String
    var networks: [String: Network]?

    var observed: ObservedContainer? {
        guard let labels = DockerLabels.read(labels ?? [:]) else { return nil }
        let joined = "container:"
        let addresses = (networks ?? [:]).sorted { $0.key < $1.key }.compactMap(\.value.address)
        return ObservedContainer(
            id: id, name: name.hasPrefix("/") ? String(name.dropFirst()) : name, labels: labels, image: image,
            state: state.observed, stopSignal: stopSignal.flatMap { $0.isEmpty ? nil : $0 } ?? "TERM",
            sharesNetworkWith: networkMode.hasPrefix(joined) ? String(networkMode.dropFirst(joined.count)) : nil,
            address: addresses.first { !$0.isEmpty } ?? "")
    }
}

extension Inspected.State {
    fileprivate var observed: ObservedContainer.State {
        switch status {
        case "created", "configured", "initialized": .created
        // Somebody paused it, or the engine restarts it against our word: it is alive either way.
        case "running", "paused", "restarting", "stopping": .running(startedAt: startedAt)
        case "exited", "dead", "stopped":
            .exited(
                ObservedContainer.Exit(
                    code: exitCode, outOfMemory: outOfMemory, error: error, startedAt: startedAt,
                    finishedAt: finishedAt))
        case "removing": .removing
        default: .unknown("docker says that it is '\(status)'")
        }
    }
}
