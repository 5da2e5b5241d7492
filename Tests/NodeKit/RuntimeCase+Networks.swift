import ClusterModel
import Pods

/// Nobody else's on any bench.
private let first = IPv4Network("10.244.1.0/24")
private let second = IPv4Network("10.244.2.0/24")

/// The subnet that a case needs.
private func subnet(_ network: IPv4Network?) throws -> IPv4Network {
    guard let network else { throw RuntimeCaseFailure(description: "no network") }
    return network
}

extension RuntimeCase {
    /// The pod network.
    static let networks = [
        RuntimeCase("a container of the pod network has an address of its subnet, others have not") { bench in
            let subnet = try subnet(first)
            try await bench.runtime.prepare(subnet)
            // Every start of a pod asks again.
            try await bench.runtime.prepare(subnet)
            let inside = try await bench.only(try await bench.startNetwork("in", subnet: subnet))
            let outside = try await bench.only(try await bench.startNetwork("out"))
            try mustEqual("inside", IPv4Address(inside.address).map(subnet.contains), true)
            try mustEqual("outside", IPv4Address(outside.address).map(subnet.contains), false)
        },
        RuntimeCase("the pod network gets another subnet when nothing runs in it any more") { bench in
            try await bench.runtime.prepare(try subnet(first))
            let former = try await bench.startNetwork("former", subnet: try subnet(first))
            try await mustThrow(.networkInUse, "another subnet") {
                try await bench.runtime.prepare(try subnet(second))
            }
            // Still as it was.
            try await bench.runtime.prepare(try subnet(first))
            try await bench.runtime.signal([former], "KILL")
            _ = try await bench.end(of: former)
            try await bench.runtime.prepare(try subnet(second))
            let seen = try await bench.only(try await bench.startNetwork("new", subnet: try subnet(second)))
            try mustEqual("address", IPv4Address(seen.address).map(try subnet(second).contains), true)
        },
        RuntimeCase("a pod network of somebody else is in the way and left alone") { bench in
            try await bench.neighbour.prepare(try subnet(first))
            for network in [first, second] {
                try await mustThrow(.networkConflict, "a stranger's network") {
                    try await bench.runtime.prepare(try subnet(network))
                }
            }
            _ = try await bench.neighbour.run(bench.network(subnet: try subnet(first)))
        },
        RuntimeCase("a container of a pod network that is not there does not start") { bench in
            let id = try await bench.startNetwork("image")
            try await bench.runtime.remove([id])
            try await mustThrow(.noSuchNetwork, "start") {
                _ = try await bench.runtime.run(bench.network(subnet: try subnet(first)))
            }
        },
    ]
}
