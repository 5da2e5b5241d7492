import ClusterModel
import Services
import Testing

@Suite struct ListenerNameTests {
    @Test("a listener is named after its service, namespace first")
    func names() {
        #expect(ListenerName.of(makeKey("apache-service")) == "service/default/apache-service")
        #expect(ListenerName.of(makeKey("web", namespace: "team.a")) == "service/team.a/web")
    }

    @Test("a name longer than systemd stores is cut, and stays one of its own")
    func cutsLongNames() {
        let namespace = String(repeating: "n", count: 253)
        let first = ListenerName.of(makeKey("first", namespace: namespace))
        let second = ListenerName.of(makeKey("second", namespace: namespace))
        #expect(first.utf8.count == 255 && second.utf8.count == 255)
        #expect(first != second)
        #expect(first.hasPrefix("service/nnn") && first == ListenerName.of(makeKey("first", namespace: namespace)))
        let longest = ListenerName.of(makeKey("w", namespace: String(namespace.dropFirst(8))))
        #expect(longest == "service/\(namespace.dropFirst(8))/w" && longest.utf8.count == 255)
    }
}
