import ClusterModel
import Pods
import Synchronization

/// Runs until TERM, then ends with 0.
private let server = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
/// Does not hear TERM.
private let deaf = "trap '' TERM; while :; do sleep 0.1; done"

extension RuntimeCase {
    /// All of them.
    public static let all: [RuntimeCase] = starting + refusing + ending + looking + logs + networks

    private static let starting = [
        RuntimeCase("a network container runs and has an address") { bench in
            let id = try await bench.startNetwork()
            let seen = try await bench.only(id)
            guard case .running(let startedAt) = seen.state, startedAt.hasPrefix("20"), startedAt.hasSuffix("Z") else {
                throw RuntimeCaseFailure(description: "it is \(seen.state)")
            }
            try mustEqual("address", seen.address.split(separator: ".").count, 4)
            try mustEqual("shared network", seen.sharesNetworkWith, nil)
            try mustEqual("name", seen.name, bench.network().name)
            try mustEqual("image", seen.image, bench.runtime.networkImage)
        },
        RuntimeCase("labels come back as they were given") { bench in
            let id = try await bench.startNetwork()
            try mustEqual("inspected", try await bench.only(id).labels, bench.labels("net"))
            try mustEqual("listed", try await bench.runtime.containers(of: nil).map(\.labels), [bench.labels("net")])
        },
        RuntimeCase("a joined container names the id of its network, also when it was joined by name") { bench in
            let network = try await bench.startNetwork()
            let byID = try await bench.runtime.run(bench.joined(to: network, server))
            let byName = try await bench.runtime.run(bench.joined(to: bench.network().name, server, attempt: 1))
            for id in [byID, byName] {
                let seen = try await bench.only(id)
                try mustEqual("network", seen.sharesNetworkWith, network)
                try mustEqual("address", seen.address, "")
            }
        },
        RuntimeCase("the image of network containers is brought without a registry") { bench in
            try await bench.forgetNetworkImage()
            try await mustThrow(.noSuchImage, "start without image") {
                _ = try await bench.runtime.run(bench.network())
            }
            try await bench.runtime.fetch(bench.runtime.networkImage)
            _ = try await bench.runtime.run(bench.network())
        },
    ]

    private static let refusing = [
        RuntimeCase("an image that is not there is said so, and nothing is left") { bench in
            var spec = bench.network()
            spec.image = "minion/nowhere:1"
            try await mustThrow(.noSuchImage, "start") { [spec] in _ = try await bench.runtime.run(spec) }
            try mustEqual("left", try await bench.runtime.containers(of: nil).count, 0)
        },
        RuntimeCase("an image no registry has cannot be brought") { bench in
            try await mustThrow(.pullFailed, "fetch") { try await bench.runtime.fetch("127.0.0.1:1/nowhere:1") }
        },
        RuntimeCase("a taken name is a conflict, and its holder goes on") { bench in
            let id = try await bench.startNetwork()
            try await mustThrow(.nameConflict, "start") { _ = try await bench.runtime.run(bench.network()) }
            try mustEqual("containers", try await bench.runtime.containers(of: nil).map(\.id), [id])
        },
        RuntimeCase("a taken port is said so, and what is left was never started") { bench in
            let port = PublishedPort(hostPort: 18099, containerPort: 80)
            let id = try await bench.startNetwork(ports: [port])
            try await mustThrow(.portTaken, "start") {
                _ = try await bench.runtime.run(bench.network("rival", ports: [port]))
            }
            let left = try await bench.runtime.containers(of: nil).filter { $0.id != id }
            try mustEqual("left", left.map(\.state), [.created])
        },
        RuntimeCase("a network that is not there cannot be joined, and what is left was never started") { bench in
            _ = try await bench.startNetwork()
            try await mustThrow(.noSuchContainer, "start") {
                _ = try await bench.runtime.run(bench.joined(to: "minion_case_nowhere", server))
            }
            let left = try await bench.runtime.containers(of: nil).filter { $0.labels.container == "app" }
            try mustEqual("left", left.map(\.state), [.created])
        },
    ]

    private static let ending = [
        RuntimeCase("TERM ends who listens; code and times are told") { bench in
            let network = try await bench.startNetwork()
            let id = try await bench.runtime.run(bench.joined(to: network, server))
            // A shell that has not set its trap yet does not hear TERM.
            let exit = try await eventually(
                "the end",
                read: {
                    try await bench.runtime.signal([id], "TERM")
                    return try await bench.only(id)
                }, until: { if case .exited = $0.state { true } else { false } })
            guard case .exited(let end) = exit.state else { return }
            try mustEqual("code", end.code, 0)
            try mustEqual("out of memory", end.outOfMemory, false)
            try mustEqual("times", [end.startedAt, end.finishedAt].allSatisfy { $0.hasPrefix("20") }, true)
        },
        RuntimeCase("the network container listens to TERM") { bench in
            let id = try await bench.startNetwork()
            try await bench.runtime.signal([id], "TERM")
            try mustEqual("code", try await bench.end(of: id).code, 0)
        },
        RuntimeCase("who does not listen to TERM is ended by KILL") { bench in
            let network = try await bench.startNetwork()
            let id = try await bench.runtime.run(bench.joined(to: network, deaf))
            try await bench.runtime.signal([id], "TERM")
            try await bench.runtime.signal([id], "KILL")
            try mustEqual("code", try await bench.end(of: id).code, 137)
        },
        RuntimeCase("a program's own end is told with its code") { bench in
            let network = try await bench.startNetwork()
            let id = try await bench.runtime.run(bench.joined(to: network, "exit 3"))
            try mustEqual("code", try await bench.end(of: id).code, 3)
        },
        RuntimeCase("a signal to what has ended or is gone is no error") { bench in
            let network = try await bench.startNetwork()
            let id = try await bench.runtime.run(bench.joined(to: network, "exit 0"))
            _ = try await bench.end(of: id)
            try await bench.runtime.signal([id, "0123456789ab"], "TERM")
        },
        RuntimeCase("what runs can be removed, and removing it again is no error") { bench in
            let id = try await bench.startNetwork()
            try await bench.runtime.remove([id])
            try await bench.runtime.remove([id])
            try mustEqual("left", try await bench.runtime.containers(of: nil).count, 0)
        },
    ]

    private static let looking = [
        RuntimeCase("an id that is gone is not in the answer, the others are") { bench in
            let id = try await bench.startNetwork()
            let gone = String(repeating: "0", count: 64)
            try mustEqual("told", try await bench.runtime.inspect([gone, id]).map(\.id), [id])
        },
        RuntimeCase("the list of a pod is of that pod alone") { bench in
            let web = try await bench.startNetwork("web")
            let other = try await bench.startNetwork("other")
            let key = ObjectKey(kind: .pod, name: "web")
            try mustEqual("of web", try await bench.runtime.containers(of: key).map(\.id), [web])
            let stranger = ObjectKey(kind: .pod, namespace: "elsewhere", name: "web")
            try mustEqual("of its namesake", try await bench.runtime.containers(of: stranger).map(\.id), [])
            try mustEqual("of all", Set(try await bench.runtime.containers(of: nil).map(\.id)), [web, other])
        },
        RuntimeCase("another agent's containers are not seen") { bench in
            let id = try await bench.startNetwork()
            try mustEqual("seen", try await bench.neighbour.containers(of: nil).count, 0)
            try mustEqual("ours", try await bench.runtime.containers(of: nil).map(\.id), [id])
        },
        RuntimeCase("start, end and removal are told to who watches") { bench in
            let seen = Mutex<[RuntimeEvent]>([])
            let runtime = bench.runtime
            let watch = Task { try await runtime.watch { event in seen.withLock { $0.append(event) } } }
            defer { watch.cancel() }
            // Whether the stream is armed shows only by what comes out of it.
            let id = try await eventually("a first event") { () async throws -> String in
                try await clearPod(bench)
                return try await bench.startNetwork()
            } until: { id in
                seen.withLock { $0.contains { $0.id == id && $0.kind == .started } }
            }
            try await bench.runtime.remove([id])
            let kinds: [RuntimeEvent.Kind] = [.started, .died, .removed]
            _ = try await eventually(
                "all three", read: { seen.withLock { $0.filter { $0.id == id }.map(\.kind) } }, until: { $0 == kinds })
            try mustEqual("pods", seen.withLock { Set($0.map(\.pod)) }, [ObjectKey(kind: .pod, name: "web")])
        },
    ]

    private static func clearPod(_ bench: any RuntimeBench) async throws {
        let ids = try await bench.runtime.containers(of: nil).map(\.id)
        if !ids.isEmpty { try await bench.runtime.remove(ids) }
    }
}
