import NodeKit
import Testing

@testable import Proxy

/// Finding a backend: failures, time-outs, and clients that do not wait.
@Suite struct DialingTests {
    @Test func aDeadBackendCostsNobodyHisConnection() async throws {
        let dead = try DeadBackend()
        let live = try TestBackend.echo()
        try await withProxy { server in
            let port = try server.serve("service", [dead.backend, live.backend, dead.backend])
            for round in 0..<12 {
                let client = try Peer(to: port)
                #expect(try await client.echoes("round \(round)"))
                client.close()
            }
            let traffic = server.traffic("service")
            #expect(traffic.dialFailures > 0)
            #expect(traffic.refused.values.allSatisfy { $0 == 0 })
        }
    }

    @Test func theFirstLiveBackendIsFoundHoweverManyRefuse() async throws {
        let dead = try (0..<12).map { _ in try DeadBackend() }
        let live = try TestBackend.echo()
        try await withProxy {
            $0.dialTimeouts = [.seconds(3600)]
        } _: { server in
            let client = try Peer(to: try server.serve("service", dead.map(\.backend) + [live.backend]))
            #expect(try await client.echoes("hello"))
            #expect(server.traffic("service").dialFailures == 12)
        }
    }

    @Test func refusalsDoNotMakeTheClientWaitLonger() async throws {
        // A client's wait is the sum of the rounds, whichever backends refuse in between.
        let silent = try SilentBackend()
        let dead = try DeadBackend()
        try await withProxy {
            $0.dialTimeouts = [.milliseconds(20), .milliseconds(20)]
        } _: { server in
            let port = try server.serve("service", [dead.backend, silent.backend, dead.backend, dead.backend])
            #expect(try await Peer.fate(of: port) == .reset)
            // Each dead one once, the silent one once per round.
            #expect(server.traffic("service").dialFailures == 5)
            #expect(server.traffic("service").refused[.allBackendsFailed] == 1)
        }
    }

    @Test func aSilentBackendIsGivenUpForTheNext() async throws {
        let silent = try SilentBackend()
        let live = try TestBackend.echo()
        try await withProxy {
            $0.dialTimeouts = [.milliseconds(50), .seconds(60)]
        } _: { server in
            let client = try Peer(to: try server.serve("service", [silent.backend, live.backend]))
            #expect(try await client.echoes("hello"))
            #expect(server.traffic("service").dialFailures == 1)
        }
    }

    @Test func whenAllRefuseTheClientIsResetAtOnce() async throws {
        let dead = [try DeadBackend(), try DeadBackend()]
        try await withProxy {
            $0.dialTimeouts = Array(repeating: .seconds(3600), count: 4)
        } _: { server in
            let port = try server.serve("service", dead.map(\.backend))
            #expect(try await Peer.fate(of: port) == .reset)
            let traffic = server.traffic("service")
            #expect(traffic.dialFailures == 2)
            #expect(traffic.refused[.allBackendsFailed] == 1)
            #expect(traffic.active == 0)
        }
    }

    @Test func whenAllKeepSilentTheClientIsReset() async throws {
        let silent = try SilentBackend()
        try await withProxy {
            $0.dialTimeouts = [.milliseconds(20), .milliseconds(20), .milliseconds(20)]
        } _: { server in
            let port = try server.serve("service", [silent.backend])
            #expect(try await Peer.fate(of: port) == .reset)
            #expect(server.traffic("service").dialFailures == 3)
            #expect(server.traffic("service").refused[.allBackendsFailed] == 1)
        }
    }

    @Test func withoutBackendsTheClientIsResetAtOnce() async throws {
        try await withProxy { server in
            let port = try server.serve("service", [])
            #expect(try await Peer.fate(of: port) == .reset)
            #expect(server.traffic("service").refused[.noBackends] == 1)
        }
    }

    @Test func aClientThatVanishesTakesItsDialWithIt() async throws {
        let silent = try SilentBackend()
        try await withProxy {
            $0.dialTimeouts = [.seconds(3600)]
        } _: { server in
            let client = try Peer(to: try server.serve("service", [silent.backend]))
            try await eventually("it is dialing") { server.traffic("service").active == 1 }
            client.reset()
            try await eventually("it is gone") { server.traffic("service").active == 0 }
            #expect(server.traffic("service").abandoned == 1)
            #expect(server.traffic("service").refused.values.allSatisfy { $0 == 0 })
        }
    }

    @Test func aClientThatHasSaidAllBeforeItsBackendIsFoundIsServed() async throws {
        let silent = try SilentBackend()
        let live = try TestBackend.echo()
        try await withProxy {
            $0.dialTimeouts = [.milliseconds(50), .seconds(60)]
        } _: { server in
            let client = try Peer(to: try server.serve("service", [silent.backend, live.backend]))
            try client.send("all of it")
            client.endWriting()
            #expect(try await client.receiveToEnd() == Array("all of it".utf8))
        }
    }

    @Test func aSlowDialDelaysNobodyElse() async throws {
        let silent = try SilentBackend()
        let live = try TestBackend.echo()
        try await withProxy {
            $0.workers = 1
            $0.dialTimeouts = [.seconds(3600)]
        } _: { server in
            let port = try server.serve("service", [silent.backend])
            let waiting = try Peer(to: port)
            try await eventually("it is dialing") { server.traffic("service").active == 1 }
            try await server.settle("service", [live.backend])
            let client = try Peer(to: port)
            #expect(try await client.echoes("served"))
            #expect(server.traffic("service").active == 2)
            waiting.close()
        }
    }

    @Test func aDialUnderWayUsesTheNewList() async throws {
        let silent = try SilentBackend()
        let live = try TestBackend.echo()
        try await withProxy {
            $0.dialTimeouts = Array(repeating: .seconds(1), count: 8)
        } _: { server in
            let client = try Peer(to: try server.serve("service", [silent.backend]))
            try await eventually("it is dialing") { server.traffic("service").active == 1 }
            server.setBackends("service", [live.backend])
            #expect(try await client.echoes("served"))
        }
    }
}
