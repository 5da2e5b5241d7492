import ClusterModel
import Proxy
import Testing

@testable import Agent

@Suite struct EndpointIndexTests {
    private func pod(_ name: String, labels: [String: String], port: Int = 80, namespace: String = "default") -> Pod {
        let container = Container(name: "c", image: "i", ports: [ContainerPort(containerPort: port)])
        let manifest = ContainerManifest(version: "v1beta1", id: name, containers: [container])
        return Pod(
            meta: ObjectMeta(name: name, namespace: namespace), labels: labels,
            desiredState: PodState(manifest: manifest))
    }

    private func service(_ name: String, selector: [String: String]) -> Service {
        Service(meta: ObjectMeta(name: name), port: 80, selector: selector, portalIP: "10.11.0.1")
    }

    private func running(_ address: String) -> PodState { PodState(status: .running, podIP: address) }

    private let web = ObjectKey(kind: .service, name: "web")

    private func backend(_ text: String) -> Backend { EndpointIndex.backend(text) ?? Backend(address: 0, port: 0) }

    @Test func aServiceIsAnsweredByItsRunningPods() {
        var index = EndpointIndex()
        index.set(service: service("web", selector: ["name": "web", "tier": "front"]), for: web)
        let matching = pod("a", labels: ["name": "web", "tier": "front", "x": "y"], port: 8080)
        #expect(index.set(pod: matching, state: nil, for: matching.key) == [web])
        #expect(index.backends(of: web).isEmpty)
        #expect(index.set(pod: matching, state: running("10.1.0.2"), for: matching.key) == [web])
        #expect(index.backends(of: web) == [backend("10.1.0.2:8080")])
    }

    @Test(arguments: [
        (["name": "web"], "default", PodStatus.running, false),
        (["name": "web", "tier": "front"], "default", .running, true),
        (["name": "web", "tier": "front"], "default", .waiting, false),
        (["name": "web", "tier": "front"], "other", .running, false),
    ])
    func whatCounts(_ row: (labels: [String: String], namespace: String, status: PodStatus, isBackend: Bool)) {
        var index = EndpointIndex()
        index.set(service: service("web", selector: ["name": "web", "tier": "front"]), for: web)
        let pod = pod("a", labels: row.labels, namespace: row.namespace)
        _ = index.set(pod: pod, state: PodState(status: row.status, podIP: "10.1.0.2"), for: pod.key)
        #expect(index.backends(of: web).isEmpty == !row.isBackend)
    }

    @Test func pushedEndpointsAreTheTruthUntilTheyGo() {
        var index = EndpointIndex()
        index.set(service: service("web", selector: ["name": "web"]), for: web)
        let local = pod("a", labels: ["name": "web"])
        _ = index.set(pod: local, state: running("10.1.0.2"), for: local.key)
        let pushed = Endpoints(meta: ObjectMeta(name: "web"), endpoints: ["10.2.0.2:81", "nonsense", "10.2.0.3:0"])
        #expect(index.set(endpoints: pushed, for: pushed.key) == web)
        #expect(index.backends(of: web) == [backend("10.2.0.2:81")])
        #expect(index.set(pod: local, state: running("10.1.0.9"), for: local.key).isEmpty)
        #expect(index.set(endpoints: nil, for: pushed.key) == web)
        #expect(index.backends(of: web) == [backend("10.1.0.9:80")])
    }

    @Test(arguments: ["10.2.0.2:+81", "10.2.0.2:0", "[::1]:80", "10.2.0.2"])
    func whatIsNoAddressOfThisNetworkIsNoBackend(_ text: String) {
        #expect(EndpointIndex.backend(text) == nil)
    }

    @Test func anUnchangedPodTouchesNothing() {
        var index = EndpointIndex()
        index.set(service: service("web", selector: ["name": "web"]), for: web)
        let local = pod("a", labels: ["name": "web"])
        _ = index.set(pod: local, state: running("10.1.0.2"), for: local.key)
        #expect(index.set(pod: local, state: running("10.1.0.2"), for: local.key).isEmpty)
    }

    /// The indexed answer equals looking at every pod, after any sequence of changes.
    @Test func theIndexEqualsALinearSearch() {
        var random = SeededRandom(seed: 7)
        var index = EndpointIndex()
        var pods: [ObjectKey: (Pod, PodState)] = [:]
        var services: [ObjectKey: Service] = [:]
        for step in 0..<2_000 {
            if random.below(3) == 0 {
                // A pair without a value matches pods that lack the key.
                let selectors = [
                    ["a": "\(random.below(3))"], ["a": "0", "b": "\(random.below(2))"], ["a": "", "b": "1"],
                    ["c": ""],
                ]
                let selector = selectors[random.below(selectors.count)]
                let service = service("s\(random.below(4))", selector: selector)
                services[service.key] = random.below(5) == 0 ? nil : service
                index.set(service: services[service.key], for: service.key)
            } else {
                let pod = pod("p\(random.below(6))", labels: ["a": "\(random.below(3))", "b": "\(random.below(2))"])
                let state = running("10.1.0.\(random.below(250) + 1)")
                pods[pod.key] = random.below(5) == 0 ? nil : (pod, state)
                _ = index.set(pod: pods[pod.key]?.0, state: pods[pod.key]?.1, for: pod.key)
            }
            for (key, service) in services {
                let expected = pods.sorted { $0.key < $1.key }.filter { service.matches($0.value.0.labels) }
                    .map { backend("\($0.value.1.podIP):80") }
                #expect(index.backends(of: key) == expected, "step \(step)")
            }
        }
    }
}
