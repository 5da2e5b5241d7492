import ClusterModel
import Wire

/// An answer that is an object, and no refusal.
struct APIAnswer {
    /// Below 300.
    let httpStatus: Int
    let object: JSONObject

    /// How much of an answer that is no object is shown.
    private static let excerptLength = 300

    /// Throws `refused` for a Status of failure or an HTTP status of 300 and more, `notUnderstood` for what is no object.
    init(httpStatus: Int, bytes: [UInt8]) throws(APIError) {
        guard let object = Self.object(in: bytes) else {
            let excerpt = String(String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(Self.excerptLength))
            let code: APIError.Code = httpStatus < 300 ? .notUnderstood : .refused
            throw APIError(code: code, message: "the server answered \(httpStatus): \(excerpt)", httpStatus: httpStatus)
        }
        // Servers before 0.4 spelled the words of a Status in lower case (reference §1.8).
        let isStatus = object["kind"] == "Status"
        let isFailure = isStatus && object.string("status").lowercased() == "failure"
        guard httpStatus < 300, !isFailure else {
            let words = isStatus ? object.string("message") : ""
            throw APIError(
                code: .refused, message: words.isEmpty ? "the server answered \(httpStatus)" : words,
                httpStatus: httpStatus, status: isStatus ? object : nil)
        }
        self.httpStatus = httpStatus
        self.object = object
    }

    /// The operation a 202 names.
    var operation: String? {
        guard case .object(let details)? = object["details"] else { return nil }
        let id = details.string("id")
        return id.isEmpty ? nil : id
    }

    private static func object(in bytes: [UInt8]) -> JSONObject? {
        // Why it is no JSON says nothing to somebody who expected an object; the answer itself is shown instead.
        guard case .object(let object)? = try? JSONText.parse(bytes) else { return nil }
        return object
    }
}

extension JSONObject {
    /// The text of a member, empty where there is none.
    func string(_ key: String) -> String {
        if case .string(let text)? = self[key] { text } else { "" }
    }
}
