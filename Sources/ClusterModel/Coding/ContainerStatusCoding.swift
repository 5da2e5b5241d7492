extension ContainerStatus {
    /// Reference §1.2 "ContainerStatus": none of the three states means waiting.
    init(from fields: inout FieldReader) {
        self.init(
            state: fields.object("state", State.init(from:)) ?? .waiting(reason: ""),
            restartCount: Int(fields.integer("restartCount", in: 0...Int64.max, "0 or more")),
            podIP: fields.text("podIP"), image: fields.text("image"))
    }

    /// The status as v1beta1 writes it; `restartCount` and `image` are always there.
    public func json() -> JSONObject {
        var object: JSONObject = ["state": .object(state.json()), "restartCount": .int(Int64(restartCount))]
        object.append("podIP", unlessEmpty: podIP)
        object.append("image", .string(image))
        return object
    }
}

extension ContainerStatus.State {
    init(from fields: inout FieldReader) {
        let waiting = fields.object("waiting") { Self.waiting(reason: $0.text("reason")) }
        let running = fields.object("running") { Self.running(startedAt: $0.text("startedAt")) }
        let termination = fields.object("termination") { fields in
            Self.terminated(
                exitCode: Int(fields.integer("exitCode", in: .min ... .max, "any number")),
                signal: Int(fields.integer("signal", in: .min ... .max, "any number")), reason: fields.text("reason"),
                message: fields.text("message"), startedAt: fields.text("startedAt"),
                finishedAt: fields.text("finishedAt"))
        }
        self = waiting ?? running ?? termination ?? .waiting(reason: "")
    }

    func json() -> JSONObject {
        var object = JSONObject()
        switch self {
        case .waiting(let reason):
            object.append("reason", unlessEmpty: reason)
            return ["waiting": .object(object)]
        case .running(let startedAt):
            return ["running": ["startedAt": JSONValue(time: startedAt)]]
        case .terminated(let exitCode, let signal, let reason, let message, let startedAt, let finishedAt):
            object.append("exitCode", .int(Int64(exitCode)))
            object.append("signal", unlessZero: signal)
            object.append("reason", unlessEmpty: reason)
            object.append("message", unlessEmpty: message)
            object.append("startedAt", JSONValue(time: startedAt))
            object.append("finishedAt", JSONValue(time: finishedAt))
            return ["termination": .object(object)]
        }
    }
}

extension JSONValue {
    /// A time, the unknown one as `null` (reference §1.0 `creationTimestamp`).
    fileprivate init(time: String) {
        self = time.isEmpty ? .null : .string(time)
    }
}
