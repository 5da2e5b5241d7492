public import ClusterModel
public import Pods
import Synchronization

/// An engine a case can be run on: a real one, or the fake. Only one case at a time.
public protocol RuntimeBench: Sendable {
    /// What is tested.
    var runtime: any ContainerRuntime { get }
    /// Another agent's door to the same engine.
    var neighbour: any ContainerRuntime { get }
    /// An image whose containers run their last argument as a shell would.
    var shellImage: String { get }
    /// Makes the engine forget the image of network containers.
    func forgetNetworkImage() async throws
    /// Removes the pod network, in which nothing runs, if there is one.
    func forgetPodNetwork() async throws
}

/// What every container runtime must do: a story that throws where it does not end well.
public struct RuntimeCase: Sendable, CustomStringConvertible {
    /// What the case shows.
    public let description: String
    private let story: @Sendable (any RuntimeBench) async throws -> Void

    init(_ description: String, _ story: @escaping @Sendable (any RuntimeBench) async throws -> Void) {
        self.description = description
        self.story = story
    }

    /// Runs the case, and removes what either owner has on the engine before and after.
    public func run(on bench: any RuntimeBench) async throws {
        try await Self.clear(bench)
        try await story(bench)
        try await Self.clear(bench)
    }

    private static func clear(_ bench: any RuntimeBench) async throws {
        for runtime in [bench.runtime, bench.neighbour] {
            let ids = try await runtime.containers(of: nil).map(\.id)
            if !ids.isEmpty { try await runtime.remove(ids) }
        }
        try await bench.forgetPodNetwork()
    }
}

/// A story that did not end well.
public struct RuntimeCaseFailure: Error, CustomStringConvertible {
    /// What was wanted, and what was.
    public let description: String
}

/// Throws unless the two are equal.
func mustEqual<Value: Equatable>(_ what: String, _ value: Value, _ wanted: Value) throws {
    guard value == wanted else { throw RuntimeCaseFailure(description: "\(what): \(value) instead of \(wanted)") }
}

/// Throws unless `body` throws with this code.
func mustThrow(_ code: RuntimeError.Code, _ what: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as RuntimeError {
        return try mustEqual("\(what) (\(error.message))", error.code, code)
    }
    throw RuntimeCaseFailure(description: "\(what): no error instead of \(code)")
}

extension RuntimeBench {
    /// Labels of a container of pod `pod`.
    public func labels(_ container: String, pod: String = "web", attempt: Int = 0) -> ContainerLabels {
        ContainerLabels(
            pod: pod, namespace: "default", uid: "u-1, with=comma", container: container, hash: "0123456789abcdef",
            source: "master", attempt: attempt)
    }

    /// A network container that publishes `ports`.
    public func network(
        _ pod: String = "web", ports: [PublishedPort] = [], subnet: IPv4Network? = nil, attempt: Int = 0
    ) -> ContainerSpec {
        ContainerSpec(
            name: "minion_case_net_\(pod)_\(attempt)", labels: labels("net", pod: pod, attempt: attempt),
            image: runtime.networkImage, network: .own(hostname: pod, ports: ports, subnet: subnet), log: .files)
    }

    /// A container that runs `script` in the network of another.
    public func joined(to network: String, _ script: String, attempt: Int = 0) -> ContainerSpec {
        ContainerSpec(
            name: "minion_case_app_\(attempt)", labels: labels("app", attempt: attempt), image: shellImage,
            arguments: [script], network: .shared(with: network), log: .files)
    }

    /// Starts a network container of pod `pod`, bringing its image if it is not there.
    public func startNetwork(
        _ pod: String = "web", ports: [PublishedPort] = [], subnet: IPv4Network? = nil
    ) async throws -> String {
        let spec = network(pod, ports: ports, subnet: subnet)
        do throws(RuntimeError) {
            return try await runtime.run(spec)
        } catch {
            guard error.code == .noSuchImage else { throw error }
            try await runtime.fetch(runtime.networkImage)
            return try await runtime.run(spec)
        }
    }

    /// The one container with this id.
    func only(_ id: String) async throws -> ObservedContainer {
        let seen = try await runtime.inspect([id])
        guard let container = seen.first, seen.count == 1 else {
            throw RuntimeCaseFailure(description: "\(seen.count) containers have the id \(id)")
        }
        return container
    }

    /// Waits until it has ended, and says how.
    func end(of id: String) async throws -> ObservedContainer.Exit {
        let seen = try await eventually(
            "the end of \(id)", read: { try await only(id) },
            until: { if case .exited = $0.state { true } else { false } })
        guard case .exited(let exit) = seen.state else {
            throw RuntimeCaseFailure(description: "\(id) is \(seen.state)")
        }
        return exit
    }
}
