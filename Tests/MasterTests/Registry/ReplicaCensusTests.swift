import ClusterModel
import Testing

@testable import Master

@Suite("Counting the pods of controllers") struct ReplicaCensusTests {
    @Test("one pass counts what looking at every pair would")
    func equalsLinearSearch() {
        var random = SplitMix(seed: 11)
        func labels() -> [String: String] {
            ["a": "\(random.below(3))", "b": random.below(2) == 0 ? "" : "x"].filter { _ in random.below(3) > 0 }
        }
        for _ in 0..<50 {
            let pods = (0..<20).map { APIObject.pod(Make.pod("p\($0)", labels: labels())) }
            let controllers = (0..<8).map {
                APIObject.replicationController(Make.controller("c\($0)", replicas: 1, selector: labels()))
            }
            let counts = ReplicaCensus(of: controllers).counts(in: pods)
            for case .replicationController(let controller) in controllers {
                let selector = controller.desiredState.replicaSelector
                let expected = pods.count { pod in selector.allSatisfy { pod.labels[$0.key] == $0.value } }
                let ref = APIObject.replicationController(controller).ref
                #expect(counts[ref] ?? 0 == expected, "\(selector)")
            }
        }
    }

    @Test("pods of other namespaces do not count")
    func namespaces() {
        var pod = Make.pod("p", labels: ["a": "1"])
        pod.meta.namespace = "other"
        let controllers = [["a": "1"], [:]].enumerated().map {
            APIObject.replicationController(Make.controller("c\($0.offset)", replicas: 1, selector: $0.element))
        }
        #expect(ReplicaCensus(of: controllers).counts(in: [.pod(pod)]).isEmpty)
    }
}
