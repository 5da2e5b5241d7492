import ClusterModel
import MasterKit
import Testing

@testable import Master

// Whoever waits for a change that does not come waits for ever.
@Suite("Watching the registry", .timeLimit(.minutes(1)))
struct RegistryWatchTests {
    private func watch(
        _ fixture: RegistryFixture, namespace: String? = nil, labels: String = "", after revision: UInt64
    ) async throws -> APIWatch.Iterator {
        let labels = try Selector(parsing: labels)
        return try await fixture.registry.watch(
            .services, namespace: namespace, labels: labels, fields: .everything, after: revision
        ).makeAsyncIterator()
    }

    /// `ADDED a 3`.
    private func next(_ events: inout APIWatch.Iterator) async throws -> String {
        guard let event = try await events.next() else { return "end" }
        return "\(event.change.rawValue) \(event.object.meta.name) \(event.object.meta.resourceVersion)"
    }

    private func service(_ name: String, labels: String = "{}", version: UInt64 = 0) -> String {
        #"{"id":"\#(name)","port":80,"selector":{"a":"b"},"labels":\#(labels),"resourceVersion":\#(version)}"#
    }

    @Test("from the beginning what there is comes first, then each change once and in order")
    func fromNothing() async throws {
        let fixture = try RegistryFixture()
        try await fixture.create(.services, service("a"))
        try await fixture.create(.services, service("b"))
        _ = try await fixture.update(.services, "b", service("b", version: 2))
        var events = try await watch(fixture, after: 0)
        #expect(try await next(&events) == "ADDED a 1")
        #expect(try await next(&events) == "MODIFIED b 3")
        try await fixture.registry.delete(.services, namespace: "default", name: "a")
        try await fixture.create(.services, service("a"), namespace: "n")
        #expect(try await next(&events) == "DELETED a 4")
        #expect(try await next(&events) == "ADDED a 5")
    }

    @Test("whoever keeps a watch that is being read keeps nothing of what it began with")
    func keepsNothing() async throws {
        let fixture = try RegistryFixture()
        try await fixture.create(.services, service("a"))
        let watch = try await fixture.registry.watch(
            .services, namespace: nil, labels: .everything, fields: .everything, after: 0)
        #expect(watch.first.count == 1)
        var events = watch.makeAsyncIterator()
        #expect(watch.first.count == 0)
        #expect(try await next(&events) == "ADDED a 1")
        #expect(events.reversed.capacity == 0)
    }

    @Test("after a revision come the changes since, of the namespace that was asked for")
    func resumed() async throws {
        let fixture = try RegistryFixture()
        try await fixture.create(.services, service("a"))
        try await fixture.create(.services, service("b"))
        try await fixture.create(.services, service("c"), namespace: "n")
        try await fixture.registry.delete(.services, namespace: "default", name: "a")
        var events = try await watch(fixture, namespace: "default", after: 1)
        #expect(try await next(&events) == "ADDED b 2")
        #expect(try await next(&events) == "DELETED a 4")
    }

    @Test("what begins to match was added, what ceases to was deleted")
    func selective() async throws {
        let fixture = try RegistryFixture()
        let web = #"{"tier":"web"}"#
        try await fixture.create(.services, service("a", labels: web))
        try await fixture.create(.services, service("b"))
        var events = try await watch(fixture, labels: "tier=web", after: 0)
        #expect(try await next(&events) == "ADDED a 1")
        _ = try await fixture.update(.services, "a", service("a", version: 1))
        _ = try await fixture.update(.services, "b", service("b", labels: web, version: 2))
        _ = try await fixture.update(.services, "a", service("a", version: 3))
        _ = try await fixture.update(.services, "b", service("b", labels: web, version: 4))
        try await fixture.registry.delete(.services, namespace: "default", name: "a")
        try await fixture.registry.delete(.services, namespace: "default", name: "b")
        for expected in ["DELETED a 3", "ADDED b 4", "MODIFIED b 6", "DELETED b 8"] {
            #expect(try await next(&events) == expected)
        }
    }

    @Test("a resumed watch with a selector tells of the end of what its reader may know")
    func selectiveResumed() async throws {
        let fixture = try RegistryFixture()
        let web = #"{"tier":"web"}"#
        try await fixture.create(.services, service("known", labels: web))
        try await fixture.create(.services, service("changed", labels: web))
        try await fixture.create(.services, service("other"))
        _ = try await fixture.update(.services, "changed", service("changed", version: 2))
        var events = try await watch(fixture, labels: "tier=web", after: 3)
        #expect(try await next(&events) == "DELETED changed 4")
        _ = try await fixture.update(.services, "other", service("other", version: 3))
        _ = try await fixture.update(.services, "known", service("known", version: 1))
        #expect(try await next(&events) == "DELETED known 6")
    }

    @Test("changes that are no longer kept are 410, and what cannot be watched is 404")
    func gone() async throws {
        let fixture = try RegistryFixture()
        for name in ["a", "b", "c"] { try await fixture.create(.services, service(name)) }
        fixture.store.forget(through: 2)
        #expect(try await failure { _ = try await watch(fixture, after: 1) }.code == 410)
        var events = try await watch(fixture, after: 2)
        #expect(try await next(&events) == "ADDED c 3")
        fixture.store.cutWatches(.gone)
        #expect(try await failure { _ = try await events.next() }.code == 410)
        let minions = try await failure {
            _ = try await fixture.registry.watch(
                .minions, namespace: nil, labels: .everything, fields: .everything, after: 0)
        }
        #expect(minions.code == 404)
    }
}
