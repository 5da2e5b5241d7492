/// An object that was refused: what a v1beta1 `Status` says of it (reference §1.8), one cause per refused field.
public struct InvalidObject: Error, Sendable, Equatable {
    /// 400: nobody can tell what it is; 422: fields are wrong; 501: a kind or version we know and do not serve.
    public var code: Int
    /// `BadRequest`, `Invalid` or `NotImplemented`.
    public var reason: String
    /// For people; names the kind, the object and every cause.
    public var message: String
    /// The kind as objects spell it (`Service`, `PodList`); empty where it is not known.
    public var kind: String
    /// The object's name; empty where it has none.
    public var name: String
    /// Every refused field, at most 100 and a last line that counts the rest; empty unless 422.
    public var causes: [FieldCause]

    /// A refusal.
    public init(code: Int, reason: String, message: String, kind: String = "", name: String = "", causes: [FieldCause])
    {
        self.code = code
        self.reason = reason
        self.message = message
        self.kind = kind
        self.name = name
        self.causes = causes
    }

    /// 422: the object is understood and `causes` are wrong with it.
    static func invalid(kind: String, name: String, causes: [FieldCause]) -> InvalidObject {
        let kindWord = kind.isEmpty ? "the request" : kind.prefix(1).lowercased() + kind.dropFirst()
        let what = name.isEmpty ? kindWord : "\(kindWord) \"\(name)\""
        let why = causes.map(\.description).joined(separator: "; ")
        return InvalidObject(
            code: 422, reason: "Invalid", message: "\(what) is invalid: \(why)", kind: kind, name: name, causes: causes)
    }

    /// 400: it is not clear what the text is.
    static func badRequest(_ message: String, kind: String = "") -> InvalidObject {
        InvalidObject(code: 400, reason: "BadRequest", message: message, kind: kind, causes: [])
    }

    /// 501: known, and not served by this version.
    static func notImplemented(_ message: String, kind: String) -> InvalidObject {
        InvalidObject(code: 501, reason: "NotImplemented", message: message, kind: kind, causes: [])
    }
}

extension InvalidObject: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

extension String {
    /// At most `FieldCause.valueLimit` Unicode scalars, the rest replaced by `…`. Not characters: one of those may be
    /// megabytes of combining marks.
    var shortened: String {
        guard let end = unicodeScalars.index(startIndex, offsetBy: FieldCause.valueLimit, limitedBy: endIndex),
            end != endIndex
        else { return self }
        return "\(self[..<end])…"
    }
}
