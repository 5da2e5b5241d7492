import Testing

@testable import Master

@Suite struct PlaceholderTests {
    @Test func keysAreOrdered() { #expect(StoreKey("a", name: "x") < StoreKey("b", name: "a")) }
}
