import ClusterModel
import MasterKit
import Testing

@testable import Master

@Suite("The registry")
struct RegistryTests {
    @Test("the founding service is answered in the recorded bytes, and stored without what is not the object's")
    func foundingService() async throws {
        let fixture = try RegistryFixture()
        let text =
            #"{"id":"apache-service","kind":"Service","apiVersion":"v1beta1","port":12345,"containerPort":80,"#
            + #""selector":{"name":"apache"}}"#
        let created = try await fixture.create(.services, text)
        let expected =
            #"{"kind":"Service","id":"apache-service","creationTimestamp":"2014-10-21T09:30:00Z","#
            + #""selfLink":"/api/v1beta1/services/apache-service","resourceVersion":1,"apiVersion":"v1beta1","#
            + #""namespace":"default","port":12345,"protocol":"TCP","selector":{"name":"apache"},"#
            + #""containerPort":80,"portalIP":"10.11.0.1"}"#
        #expect(created.json().text == expected)
        let got = try await fixture.registry.get(.services, namespace: "default", name: "apache-service")
        #expect(got.json().text == expected)
        let key = StoreKey("services", namespace: "default", name: "apache-service")
        let entry = try #require(try await fixture.store.get(key))
        #expect(
            String(decoding: entry.value, as: UTF8.self)
                == #"{"id":"apache-service","creationTimestamp":"2014-10-21T09:30:00Z","namespace":"default","port":12345,"#
                + #""protocol":"TCP","selector":{"name":"apache"},"containerPort":80,"portalIP":"10.11.0.1"}"#)
    }

    @Test("failures are answered as recorded, or better")
    func failures() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("web")
        let again = try await failure { try await fixture.createService("web") }
        #expect(
            again
                == .init(
                    .failure, code: 409, reason: .alreadyExists, message: #"service "web" already exists"#,
                    details: .init(id: "web", kind: "service"), selfLink: "/api/v1beta1/services"))
        let versioned = try await failure {
            try await fixture.create(.services, #"{"id":"v","port":80,"selector":{"a":"b"},"resourceVersion":3}"#)
        }
        #expect(versioned.code == 400)
        #expect(versioned.message == "resourceVersion may not be set on objects to be created")
        let namespace = try await failure {
            try await fixture.create(.services, #"{"id":"v","port":80,"selector":{"a":"b"},"namespace":"n"}"#)
        }
        #expect(namespace.code == 409)
        #expect(
            namespace.message
                == #"service "n" cannot be updated: Service.Namespace does not match the provided context"#)
        let balancer = try await failure {
            let text = #"{"id":"v","port":80,"selector":{"a":"b"},"createExternalLoadBalancer":true}"#
            try await fixture.create(.services, text)
        }
        #expect(balancer.code == 422)
        let missing = try await failure {
            _ = try await fixture.registry.get(.replicationControllers, namespace: "default", name: "x")
        }
        #expect(missing.message == #"replicationController "x" not found"#)
        let strange = try await failure { _ = try await fixture.registry.get(.pods, namespace: "a/b", name: "ä b") }
        #expect(strange.code == 404)
    }

    @Test("an update must know the version, and keeps what the server gave")
    func updates() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("web")
        let text = #"{"id":"web","port":81,"selector":{"name":"y"},"resourceVersion":"#
        let updated = try await fixture.update(.services, "web", text + "1}")
        guard case .service(let service) = updated else { return }
        #expect(service.port == 81)
        #expect(service.portalIP == "10.11.0.1")
        #expect(service.meta.creationTimestamp == "2014-10-21T09:30:00Z")
        #expect(service.meta.resourceVersion == 2)
        let stale = try await failure { _ = try await fixture.update(.services, "web", text + "1}") }
        #expect(
            stale
                == .init(
                    .failure, code: 409, reason: .conflict,
                    message: #"service "web" cannot be updated: 101: Compare failed ([1 != 2]) [2]"#,
                    details: .init(id: "web", kind: "service"), selfLink: "/api/v1beta1/services/web"))
        let blind = try await failure { _ = try await fixture.update(.services, "web", text + "0}") }
        #expect(
            blind.message == #"service "web" cannot be updated: "#
                + "105: Key already exists (/registry/services/specs/default/web) [2]")
        let moved = try await failure {
            _ = try await fixture.update(.services, "web", text + #"2,"portalIP":"10.11.0.9"}"#)
        }
        #expect(moved.code == 422)
        #expect(moved.details?.causes.map(\.field) == ["portalIP"])
        let missing = try await failure {
            _ = try await fixture.update(.services, "no", #"{"id":"no","port":81,"selector":{"a":"b"}}"#)
        }
        #expect(missing.code == 404)
        #expect(missing.selfLink == "/api/v1beta1/services/no")
    }

    @Test("a pod is named, waits, is bound once, and then only its images may change")
    func pods() async throws {
        let fixture = try RegistryFixture()
        try await fixture.create(.minions, #"{"id":"m1"}"#)
        let manifest = #""desiredState":{"manifest":{"version":"v1beta1","containers":[{"name":"c","image":"i"}]}}"#
        let nameless = try await fixture.create(.pods, "{\(manifest)}")
        guard case .pod(let pod) = nameless else { return }
        #expect(pod.meta.name == pod.manifest.uuid)
        #expect(pod.manifest.id == pod.meta.name)
        #expect(
            pod.meta.name.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(pod.desiredState.status == .running)
        #expect(pod.currentState == PodState(status: .waiting))

        try await fixture.registry.bind(Binding(podID: pod.meta.name, host: "m1"))
        try await fixture.settled()
        let bound = try await fixture.registry.get(.pods, namespace: "default", name: pod.meta.name)
        guard case .pod(let bound) = bound else { return }
        #expect(bound.desiredState.host == "m1")
        #expect(bound.currentState == PodState(status: .waiting, host: "m1"))
        let twice = try await failure { try await fixture.registry.bind(Binding(podID: pod.meta.name, host: "m1")) }
        #expect(twice.code == 409)
        let nowhere = try await failure { try await fixture.registry.bind(Binding(podID: "nope", host: "m1")) }
        #expect(nowhere.message == #"pod "nope" not found"#)

        let version = bound.meta.resourceVersion
        func body(_ container: String, _ version: UInt64) -> String {
            #"{"id":"\#(pod.meta.name)","resourceVersion":\#(version),"labels":{"a":"b"},"#
                + #""desiredState":{"manifest":{"version":"v1beta1","containers":[\#(container)]}}}"#
        }
        let changed = try await failure {
            _ = try await fixture.update(.pods, pod.meta.name, body(#"{"name":"d","image":"i"}"#, version))
        }
        #expect(changed.code == 422)
        let updated = try await fixture.update(.pods, pod.meta.name, body(#"{"name":"c","image":"j"}"#, version))
        guard case .pod(let updated) = updated else { return }
        #expect(updated.desiredState.host == "m1")
        #expect(updated.manifest.uuid == pod.manifest.uuid)
        #expect(updated.manifest.containers.map(\.image) == ["j"])
    }

    @Test("lists are selected by namespace, labels and fields")
    func lists() async throws {
        let fixture = try RegistryFixture()
        let text = #""port":80,"selector":{"name":"x"}}"#
        try await fixture.create(.services, #"{"id":"a","labels":{"tier":"web"},"# + text)
        try await fixture.create(.services, #"{"id":"b","# + text)
        try await fixture.create(.services, #"{"id":"a","# + text, namespace: "n")
        #expect(try await fixture.names(.services) == ["a", "b", "a"])
        #expect(try await fixture.names(.services, namespace: "n") == ["a"])
        #expect(try await fixture.names(.services, labels: "tier=web") == ["a"])
        #expect(try await fixture.names(.services, fields: "name=b") == ["b"])
        let unknown = try await failure { _ = try await fixture.names(.services, fields: "colour=red") }
        #expect(unknown.code == 400)
        let bindings = try await failure { _ = try await fixture.names(.bindings) }
        #expect(bindings.message == #"binding "list" not found"#)
        let endpoints = try await failure { _ = try await fixture.names(.endpoints, labels: "a=b") }
        #expect(endpoints.code == 400)
    }

    @Test("deleting a service deletes its endpoints with it")
    func deletes() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("web")
        let endpoints = try await fixture.create(.endpoints, #"{"id":"web","endpoints":["10.0.0.1:80"]}"#)
        #expect(endpoints.json()["namespace"] == nil)
        let stale = try await failure {
            try await fixture.registry.delete(.services, namespace: "default", name: "web", version: 7)
        }
        #expect(stale.code == 409)
        try await fixture.registry.delete(.services, namespace: "default", name: "web")
        #expect(try await fixture.names(.services) == [])
        #expect(try await fixture.names(.endpoints) == [])
        let again = try await failure {
            try await fixture.registry.delete(.services, namespace: "default", name: "web")
        }
        #expect(again.code == 404)
        #expect(again.selfLink.isEmpty)
    }

    @Test("events are not changed, and are of their object's namespace")
    func events() async throws {
        let fixture = try RegistryFixture()
        let event = try await fixture.create(
            .events,
            #"{"id":"e1","involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"reason":"started"}"#)
        #expect(event.json()["namespace"] == nil)
        let update = try await failure {
            _ = try await fixture.update(.events, "e1", #"{"id":"e1","resourceVersion":1}"#)
        }
        #expect(update.code == 405)
        let foreign = try await failure {
            try await fixture.create(.events, #"{"id":"e2","involvedObject":{"namespace":"n"}}"#)
        }
        #expect(foreign.details?.causes.map(\.field) == ["involvedObject.namespace"])
    }

    @Test("a store that fails is an error with a code, and nothing is half done")
    func storeFailures() async throws {
        let fixture = try RegistryFixture()
        fixture.store.failCommits(.before(.unavailable), .before(.full), .after(.unavailable))
        #expect(try await failure { try await fixture.createService("a") }.code == 503)
        #expect(try await failure { try await fixture.createService("a") }.code == 503)
        #expect(try await fixture.names(.services) == [])
        // The third took effect, though nobody could say so.
        #expect(try await failure { try await fixture.createService("a") }.code == 503)
        #expect(try await failure { try await fixture.createService("a") }.reason == .alreadyExists)
        #expect(try await fixture.createService("b") == "10.11.0.2")
    }
}
