/// A part of a value that is kept apart from it, and shared by its copies until one is given another: a copy costs eight bytes
/// of it, a change a whole new one. For what is large, often copied and seldom changed.
@propertyWrapper
public struct Boxed<Value: Sendable & Equatable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private var box: Box

    /// Puts the value into a box of its own.
    public init(wrappedValue: Value) { box = Box(wrappedValue) }

    /// The value; what is set goes into a new box.
    public var wrappedValue: Value {
        get { box.value }
        set { box = Box(newValue) }
    }
}

extension Boxed: Equatable {
    /// What is shared is not compared.
    public static func == (left: Boxed, right: Boxed) -> Bool {
        left.box === right.box || left.box.value == right.box.value
    }
}
