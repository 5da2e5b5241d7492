import ClusterModel

/// One line of a peer that asks for something (PROTOCOL "Requests").
public struct Request: Sendable, Equatable {
    /// `nil` is fire-and-forget: acks are not sent, errors and answers are.
    public var id: RequestID?
    /// The number of its line on the connection, from 1.
    public var line: Int
    /// What is asked for.
    public var operation: Operation
    /// Doubts that do not refuse the request: members nobody knows. They belong into the ack's `warnings`.
    public var warnings: [String]

    /// A request as if it had stood on line `line`.
    public init(id: RequestID? = nil, line: Int = 1, operation: Operation, warnings: [String] = []) {
        self.id = id
        self.line = line
        self.operation = operation
        self.warnings = warnings
    }

    /// The request in line `number`, whose bytes are `line` without its end.
    ///
    /// An object without `op` that has what an API object has is an `apply` of that object, and its `id`, which is the
    /// object's name, is the request's id too: who types an object into `nc` sees its acks.
    ///
    /// Throws `BadRequest` when it is no JSON object or the op is unknown, `Invalid` when members are missing, of the wrong
    /// type or not allowed (with a cause for every one of them), `NotImplemented` for an op of a later version. The fault has
    /// the request's id, if that could be read.
    public static func parse(line: [UInt8], number: Int) throws(WireFault) -> Request {
        let value: JSONValue
        do {
            value = try JSONText.parse(line)
        } catch {
            throw WireFault(.badRequest, "line \(number) is not JSON: \(error)", line: number)
        }
        guard case .object(let object) = value else {
            throw WireFault(.badRequest, "line \(number) is not a JSON object but \(value.noun)", line: number)
        }
        let id = object["id"].flatMap(RequestID.init)
        do {
            guard let op = object["op"] else {
                let operation = try bareObject(object)
                return Request(id: id, line: number, operation: operation)
            }
            var reader = MemberReader(object, op: try name(op))
            _ = reader.id()
            let operation = try reader.operation()
            return Request(id: id, line: number, operation: operation, warnings: reader.warnings())
        } catch {
            var fault = error
            fault.id = id
            fault.line = number
            throw fault
        }
    }

    private static func bareObject(_ object: JSONObject) throws(WireFault) -> Operation {
        // A v1beta1 or v1 object has a kind, or at least says its version; a bare ContainerManifest has containers.
        if ["kind", "apiVersion", "containers"].contains(where: { object[$0] != nil }) {
            return .apply(object: .object(object), resourceVersion: nil)
        }
        let hint = object.members.prefix(MemberReader.warningLimit).lazy
            .compactMap { Spelling.closest(to: $0.key, among: ["op", "kind"]) }.first
        let question = hint.map { " (did you mean \($0)?)" } ?? ""
        throw WireFault(.badRequest, "the line has neither \"op\" nor \"kind\"\(question)")
    }

    private static func name(_ op: JSONValue) throws(WireFault) -> OperationName {
        guard case .string(let text) = op else {
            let cause = FieldCause(
                reason: .fieldValueInvalid, field: "op", message: "must be a string, was \(op.shown)")
            throw WireFault(.badRequest, cause.description, causes: [cause])
        }
        if let name = OperationName(rawValue: text) { return name }
        let known = OperationName.allCases.map(\.rawValue)
        let hint = Spelling.closest(to: text, among: known).map { "did you mean \($0)?" }
        throw WireFault(
            .badRequest, "unknown op \(op.shown) (\(hint ?? "known are " + known.joined(separator: ", ")))")
    }
}
