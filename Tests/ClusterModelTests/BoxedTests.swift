import Testing

@testable import ClusterModel

@Suite("A boxed part of a value")
struct BoxedTests {
    private struct Value: Equatable {
        @Boxed var part: String
        var rest = 0
    }

    @Test("changes in a copy leave the first alone")
    func copies() {
        let first = Value(part: "a")
        var second = first
        #expect(first == second)
        second.part = "b"
        #expect(first.part == "a")
        #expect(second.part == "b")
        #expect(first != second)
    }

    @Test("is compared by what is in it, not by which box it is")
    func equality() {
        #expect(Value(part: "a") == Value(part: "a"))
        #expect(Value(part: "a") != Value(part: "b"))
        #expect(Value(part: "a", rest: 1) != Value(part: "a", rest: 2))
    }
}
