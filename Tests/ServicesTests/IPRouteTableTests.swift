import ClusterModel
import Machine
import NodeKit
import Services
import Testing

/// The words of `ip`, as iproute2 6.1 says them.
@Suite struct IPRouteTableTests {
    private let runner = ScriptedRunner()
    private var table: IPRouteTable { IPRouteTable(commands: runner) }

    @Test func readsOurRoutes() async throws {
        runner.on(
            "ip", "-4", "-j", "route", "show", "table", "main", "proto", "77",
            play: .prints(
                #"[{"dst":"10.244.2.0/24","gateway":"172.16.213.141","dev":"e0","flags":["linkdown"]},"#
                    + #"{"dst":"10.244.3.0/24","dev":"e0","flags":[]}]"# + "\n"))
        #expect(try await table.routes() == [try peerRoute("10.244.2.0/24", via: "172.16.213.141", dev: "e0")])
    }

    @Test(arguments: ["", "[]\n", "[ ]\n"])
    func noRouteIsNoError(output: String) async throws {
        runner.on("ip", play: .prints(output))
        #expect(try await table.routes() == [])
    }

    @Test func tellsHowAddressesAreReached() async throws {
        let output = [
            #"[{"dst":"172.16.213.141","dev":"e0","prefsrc":"172.16.213.140","flags":[],"uid":0,"cache":[]}]"#,
            #"[{"dst":"172.17.5.9","gateway":"172.16.213.1","dev":"e0","flags":[],"uid":0,"cache":[]}]"#,
            #"[{"type":"local","dst":"172.16.213.140","dev":"lo","flags":[],"uid":0,"cache":["local"]}]"#,
        ].map { $0 + "\n" }.joined()
        let errors = "RTNETLINK answers: Network is unreachable\nCommand failed -:3\n"
        runner.on(
            "ip", "-4", "-j", "-force", "-batch", "-",
            play: .ends(
                CommandOutput(
                    status: .exited(1), standardOutput: Array(output.utf8), standardError: Array(errors.utf8))))
        let asked = try ["172.16.213.141", "172.17.5.9", "8.8.8.8", "172.16.213.140"].map(address)
        let paths = try await table.paths(to: asked)
        #expect(
            asked.map { paths[$0] } == [
                .link(device: "e0"), .routed(via: try address("172.16.213.1")),
                .unreachable("RTNETLINK answers: Network is unreachable"), .local,
            ])
        let input = String(decoding: try #require(runner.commands.first).input, as: UTF8.self)
        #expect(
            input == "route get 172.16.213.141\nroute get 172.17.5.9\nroute get 8.8.8.8\nroute get 172.16.213.140\n")
    }

    @Test func aRefusedAdditionIsNamedAndARemovalOfWhatIsGoneIsNone() async throws {
        let errors =
            "RTNETLINK answers: No such process\nCommand failed -:1\nRTNETLINK answers: File exists\nCommand failed -:3\n"
        runner.on("ip", "-4", "-force", "-batch", "-", play: .exits(1, errors))
        let routes = try (1...3).map { try peerRoute("10.244.\($0).0/24", via: "10.0.0.\($0)") }
        let refused = try await table.change(removing: [routes[0]], adding: [routes[1], routes[2]])
        #expect(refused == [routes[2]: "RTNETLINK answers: File exists"])
        let input = String(decoding: try #require(runner.commands.first).input, as: UTF8.self)
        #expect(
            input == "route del 10.244.1.0/24 via 10.0.0.1 dev eth0 proto 77\n"
                + "route add 10.244.2.0/24 via 10.0.0.2 dev eth0 proto 77\n"
                + "route add 10.244.3.0/24 via 10.0.0.3 dev eth0 proto 77\n")
    }

    struct Failure: Sendable {
        var outcome: ScriptedRunner.Outcome
        var code: RouteError.Code
    }

    static let failures = [
        Failure(outcome: .fails(CommandError(code: .notFound, message: "ip")), code: .notInstalled),
        Failure(outcome: .fails(CommandError(code: .deadlineExceeded, message: "ip")), code: .timedOut),
        Failure(outcome: .exits(2, "Cannot open netlink socket\n"), code: .failed),
        Failure(outcome: .prints("no JSON\n"), code: .failed),
    ]

    @Test("a failure has a code", arguments: failures)
    func fails(failure: Failure) async throws {
        runner.on("ip", play: failure.outcome)
        let unread = await #expect(throws: RouteError.self) { try await table.routes() }
        #expect(unread?.code == failure.code)
        let asked = try address("10.0.0.2")
        let unasked = await #expect(throws: RouteError.self) { try await table.paths(to: [asked]) }
        #expect(unasked?.code == failure.code)
    }
}
