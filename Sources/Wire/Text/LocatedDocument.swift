public import ClusterModel

/// A document of a YAML text that knows where each of its fields is written, so that a refused field of an object or of a
/// configuration can be answered with file, line and column.
public struct LocatedDocument: Sendable, Equatable {
    /// What the document says.
    public let value: JSONValue
    let root: FieldLocation

    /// Where `field` is written: the path a `FieldCause` has (`desiredState.manifest.containers[0].image`), empty for the
    /// whole. The place of a member is that of its name. Where the path leads to nothing, because a field is missing or its
    /// name has a dot in it, the place is that of the nearest field around it.
    public func position(of field: String) -> TextPosition {
        var location = root
        for step in Self.steps(of: field) {
            guard let next = location.child(step) else { break }
            location = next
        }
        return location.position
    }

    private static func steps(of field: String) -> [FieldLocation.Step] {
        field.split(separator: ".").flatMap { part -> [FieldLocation.Step] in
            let pieces = part.split(separator: "[")
            let indexes = pieces.dropFirst().map { FieldLocation.Step.element(Int($0.dropLast()) ?? -1) }
            return pieces.prefix(1).map { .member(String($0)) } + indexes
        }
    }
}

/// Where a field and the fields in it are written.
struct FieldLocation: Sendable, Equatable {
    /// One level of a path.
    enum Step {
        case member(String)
        case element(Int)
    }

    /// The place of the field's name, or of the value where it has none.
    var position: TextPosition
    var members: [String: FieldLocation] = [:]
    var elements: [FieldLocation] = []

    func child(_ step: Step) -> FieldLocation? {
        switch step {
        case .member(let name): members[name]
        case .element(let index): elements.indices.contains(index) ? elements[index] : nil
        }
    }
}
