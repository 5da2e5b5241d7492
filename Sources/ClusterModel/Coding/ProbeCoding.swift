extension LivenessProbe {
    /// Reference §1.5: the first of exec, httpGet, tcpSocket that is given counts; contents are not validated beyond their
    /// types, and `type` and `enabled` of older files mean nothing.
    init(from fields: inout FieldReader) {
        let exec = fields.object("exec") { Check.exec(command: $0.texts("command")) }
        let httpGet = fields.object("httpGet") { Check.httpGet(HTTPGetAction(from: &$0)) }
        let tcpSocket = fields.object("tcpSocket") { Check.tcpSocket(port: $0.portReference("port")) }
        self.init(
            check: exec ?? httpGet ?? tcpSocket,
            initialDelaySeconds: fields.integer("initialDelaySeconds", in: .min ... .max, "seconds"))
        fields.ignore("type", "enabled")
        if check == nil {
            fields.warn("\(fields.path) has none of exec, httpGet, tcpSocket: nothing is probed")
        }
    }

    func json() -> JSONObject {
        var object = JSONObject()
        switch check {
        case .exec(let command): object.append("exec", .object(.exec(command)))
        case .httpGet(let action): object.append("httpGet", .object(action.json()))
        case .tcpSocket(let port): object.append("tcpSocket", ["port": JSONValue(port)])
        case nil: break
        }
        object.append("initialDelaySeconds", unlessZero: initialDelaySeconds)
        return object
    }
}

extension HTTPGetAction {
    /// Reference §1.5; `pathRequired` says in a clause why there must be a path.
    init(from fields: inout FieldReader, pathRequired: String? = nil) {
        self.init(
            path: fields.text("path", required: pathRequired), port: fields.portReference("port"),
            host: fields.text("host"))
    }

    func json() -> JSONObject {
        var object = JSONObject()
        object.append("path", unlessEmpty: path)
        object.append("port", JSONValue(port))
        object.append("host", unlessEmpty: host)
        return object
    }
}

extension Lifecycle {
    /// Reference §1.5.
    init(from fields: inout FieldReader) {
        self.init(
            postStart: fields.object("postStart", Handler.init(from:)),
            preStop: fields.object("preStop", Handler.init(from:)))
    }

    func json() -> JSONObject {
        var object = JSONObject()
        object.append("postStart", unlessAbsent: postStart?.json())
        object.append("preStop", unlessAbsent: preStop?.json())
        return object
    }
}

extension Lifecycle.Handler {
    /// Exactly one of exec, whose command is not empty, and httpGet, whose path is not (reference §1.4, §1.5).
    init(from fields: inout FieldReader) {
        let exec = fields.object("exec") {
            Self.exec(command: $0.texts("command", required: FieldReader.plainlyRequired))
        }
        let httpGet = fields.object("httpGet") {
            Self.httpGet(HTTPGetAction(from: &$0, pathRequired: FieldReader.plainlyRequired))
        }
        if (exec == nil) == (httpGet == nil) {
            let isEmptyForServer = exec == nil && fields.rules.speaksAsServer
            fields.noteChoice(
                of: ["exec", "httpGet"], given: exec == nil ? [] : ["exec", "httpGet"],
                value: isEmptyForServer ? GoText.emptyHandler : nil)
        }
        self = exec ?? httpGet ?? .exec(command: [])
    }

    func json() -> JSONObject {
        switch self {
        case .exec(let command): ["exec": .object(.exec(command))]
        case .httpGet(let action): ["httpGet": .object(action.json())]
        }
    }
}

extension JSONObject {
    fileprivate static func exec(_ command: [String]) -> JSONObject {
        var object = JSONObject()
        object.append("command", unlessEmpty: command)
        return object
    }
}
