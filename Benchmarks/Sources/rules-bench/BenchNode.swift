import ClusterModel
import Glibc
import Logging
import Machine
import Proxy
import Services

/// A node with the real proxy and the kernel's own packet filter, and nobody to report to.
struct BenchNode {
    /// systemd is not there.
    private struct NoStore: ListenerStore {
        func keep(_ descriptor: Int32, name: String) -> SystemdNotifier.Delivery { .noManager }
        func forget(_ name: String) {}
    }

    /// Something went wrong that makes every figure worthless.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let reconciler: ServiceReconciler
    private let flavour: IptablesFlavour
    private let filter: IptablesFilter
    private let proxy: ProxyServer
    private let commands = CommandRunner()
    private static let backends = (0..<20).map { Backend(address: 0x0A14_0001 + UInt32($0), port: 80) }

    init(_ flavour: IptablesFlavour) async throws {
        self.flavour = flavour
        filter = IptablesFilter(flavour, commands: commands)
        proxy = try ProxyServer(settings: ProxySettings())
        reconciler = ServiceReconciler(
            proxy: proxy, filter: filter, adopted: [:], store: NoStore(),
            report: { report in
                guard case .failed(let reason, let message, _) = report.convergence else { return }
                print("\(report.key): \(reason): \(message)")
                exit(1)
            }, logger: Logger(label: "rules-bench", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await clear()
    }

    static func service(_ number: Int, name: String? = nil) -> Service {
        Service(
            meta: ObjectMeta(name: name ?? "svc-\(number)"), port: 12345, selector: ["name": "apache"],
            portalIP: address(number))
    }

    /// A rule like ours, after `-A ` or `-D `.
    static func ruleText(_ number: Int) -> String {
        "KUBE-PROXY -d \(address(number))/32 -p tcp -m comment --comment svc-\(number) -m tcp --dport 12345 "
            + "-j REDIRECT --to-ports 40000"
    }

    /// 10.11.0.1 for 0, and on.
    private static func address(_ number: Int) -> String {
        IPv4Address(value: 0x0A0B_0001 + UInt32(number)).description
    }

    static func decimal(_ value: Double, places: Int) -> String {
        let scale = places == 1 ? 10 : 100
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    func begin(_ services: [Service], complete: Bool = true) async {
        let desired = services.map { DesiredService(service: $0, backends: [Self.backends[0]], generation: 1) }
        await reconciler.begin(services: desired, complete: complete)
        await reconciler.settle()
    }

    func update(_ service: Service, backends: Int = 1, generation: UInt64 = 1) async {
        let desired = DesiredService(
            service: service, backends: Array(Self.backends.prefix(backends)), generation: generation)
        await reconciler.update(changed: [desired], removed: [])
        await reconciler.settle()
    }

    func remove(_ services: Service...) async { await remove(services) }

    func remove(_ services: [Service]) async {
        await reconciler.update(changed: [], removed: services.map(\.key))
        await reconciler.settle()
    }

    func time(_ body: () async throws -> Void) async rethrows -> Duration {
        try await ContinuousClock().measure(body)
    }

    /// What makes the table as it is now, from nothing.
    func restoreText() async throws -> String {
        let state = try await filter.inspect()
        let lines = ["*nat", ":KUBE-PROXY - [0:0]"] + NatHook.allCases.map { "-I \($0.rawValue) -j KUBE-PROXY" }
        return (lines + state.rules.map { "-A KUBE-PROXY \($0)" } + ["COMMIT"]).joined(separator: "\n") + "\n"
    }

    /// As a script would, through a shell.
    func restoreByHand(_ text: String) async throws {
        try await run("sh", ["-c", "exec \(flavour.restore) --noflush -w 5"], input: text)
    }

    /// Takes our chain and what leads to it out of the table, and nothing else.
    func clear() async throws {
        let state = try await filter.inspect()
        guard state.exists else { return }
        let jumps = state.jumps.flatMap { hook, count in
            Array(repeating: "-D \(hook.rawValue) -j KUBE-PROXY", count: count)
        }
        let lines = ["*nat", ":KUBE-PROXY - [0:0]"] + jumps + ["-X KUBE-PROXY", "COMMIT"]
        try await restoreByHand(lines.joined(separator: "\n") + "\n")
    }

    /// Gives back ports and rules.
    func finish() async throws {
        await proxy.shutdown(drain: .zero)
        try await clear()
    }

    private func run(_ program: String, _ arguments: [String], input: String) async throws {
        let output = try await commands.run(Command(program, arguments, input: Array(input.utf8)))
        guard output.status.isSuccess else { throw Failure(description: "\(program): \(output.errorText)") }
    }
}
