import ClusterModel
import Machine
import Wire

/// One request of the recorded conversation and its answer.
struct GoldenCase: Sendable {
    let name: String
    let method: String
    let path: String
    let body: String?
    let status: Int
    let contentType: String?
    /// `nil` for a watch.
    let answer: String?
    /// Of a watch.
    let events: [String]

    /// The conversation recorded from the API server of 21 October 2014, in order.
    static func all() throws -> [GoldenCase] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let path = "/\(folder)/api-v1beta1.json"
        guard let bytes = try AtomicFile.read(path, limit: 1_048_576),
            case .array(let cases) = try JSONText.parse(bytes)
        else { throw Unreadable(what: path) }
        return try cases.map(Self.init)
    }

    private init(_ value: JSONValue) throws {
        let request = value["request"]
        let response = value["response"]
        guard case .string(let name) = value["name"], case .string(let method) = request["method"],
            case .string(let path) = request["path"], case .int(let status) = response["status"]
        else { throw Unreadable(what: value.text) }
        self.name = name
        self.method = method
        self.path = path
        self.status = Int(status)
        body = request["body"].string
        contentType = response["contentType"].string
        answer = response["body"].string
        if case .array(let events) = response["events"] {
            self.events = events.compactMap(\.string)
        } else {
            events = []
        }
    }

    private struct Unreadable: Error {
        let what: String
    }
}

extension JSONValue {
    /// The member called `key`; null where there is none.
    subscript(key: String) -> JSONValue {
        guard case .object(let object) = self else { return .null }
        return object[key] ?? .null
    }

    /// The text, if it is one.
    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
