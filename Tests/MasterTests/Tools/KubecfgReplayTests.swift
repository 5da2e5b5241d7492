import ClusterModel
import Machine
import MasterKit
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master
@testable import kubecfg

/// The recorded commands of kubecfg, given to our own server after the recorded conversation, as they were given to that of
/// 2014. How columns are padded the tests of kubecfg see byte for byte; here it is what the server says.
@Suite("kubecfg and minion-master together")
struct KubecfgReplayTests {
    @Test("every recorded command prints what was recorded, but for chosen differences")
    func replay() async throws {
        let commands = try RecordedCall.all()
        #expect(commands.count == 38)
        try await MasterUnderTest.run(["machines": "172.16.213.140,172.16.213.141"]) { master in
            try await master.awaitMinions()
            var comparison = GoldenComparison()
            try await GoldenReplayTests.replay(master, &comparison)
            let folder = try TestFolder()
            try AtomicFile.write(Array(RecordedCall.pod.utf8), to: "\(folder.path)/p.json")
            try AtomicFile.write(Array(RecordedCall.service.utf8), to: "\(folder.path)/s.json")
            for command in commands {
                let outcome = await command.call(master: master.url, folder: folder.path)
                let difference = RecordedCall.differences[command.name]
                #expect(outcome.status == difference?.status ?? command.status, "\(command.name): \(outcome.errors)")
                #expect(
                    RecordedCall.lines(outcome.output) == difference?.output ?? RecordedCall.lines(command.output),
                    "\(command.name)")
                #expect(
                    RecordedCall.lines(outcome.errors) == difference?.errors ?? RecordedCall.lines(command.errors),
                    "\(command.name)")
            }
        }
    }
}

/// One recorded command.
private struct RecordedCall: Sendable {
    let name: String
    let arguments: [String]
    let input: String
    let status: Int32
    let output: String
    let errors: String

    /// What is printed instead of what was recorded, by the command's name; each is in docs/compatibility.md.
    struct Difference: Sendable {
        var status: Int32?
        var output: [String]?
        var errors: [String]?
    }

    static let differences: [String: Difference] = [
        // Neither the pod whose id is no name was stored nor what a binding of a missing pod left.
        "list pods": Difference(
            output: [
                "---------- ---------- ---------- ---------- ----------", "ID Image(s) Host Labels Status",
                "UUID i <unassigned> Waiting", "apache-1 busybox 172.16.213.140/ name=apache Waiting",
                "p1 <unassigned> name=p1 Waiting",
            ])
    ]

    /// The files of the recording.
    static let pod =
        #"{"kind":"Pod","apiVersion":"v1beta1","id":"kpod","labels":{"b":"2","a":"1"},"desiredState":{"manifest":{"#
        + #""version":"v1beta1","id":"kpod","containers":[{"name":"c","image":"busybox"},"#
        + #"{"name":"d","image":"second/image:tag"}]}}}"#
    static let service =
        #"{"kind":"Service","apiVersion":"v1beta1","id":"apache-service","port":23456,"containerPort":80,"#
        + #""selector":{"name":"apache"}}"#

    static func all() throws -> [RecordedCall] {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        guard let bytes = try AtomicFile.read("/\(folder)/Golden/kubecfg.json", limit: 1_048_576),
            case .array(let calls) = try JSONText.parse(bytes)
        else { return [] }
        return calls.map { call in
            var arguments: [String] = []
            if case .array(let words) = call["args"] { arguments = words.compactMap(\.string) }
            var status: Int32 = -1
            if case .int(let code) = call["exit"] { status = Int32(code) }
            return RecordedCall(
                name: call["name"].string ?? "", arguments: arguments, input: call["stdin"].string ?? "",
                status: status,
                output: call["stdout"].string ?? "", errors: call["stderr"].string ?? "")
        }
    }

    func call(master: String, folder: String) async -> (status: Int32, output: String, errors: String) {
        let console = RecordingConsole(input: input)
        let surroundings = Surroundings(
            environment: ["HOME": folder, "KUBERNETES_MASTER": master], files: Files(folder: folder), console: console,
            clock: ContinuousClock())
        let status = await Program(surroundings: surroundings).run(arguments)
        return (status, console.output, console.errors)
    }

    /// The lines in any order, less what differs from run to run: times, UUIDs, versions, portal IPs, and the spaces that
    /// their lengths make.
    static func lines(_ text: String) -> [String] {
        let masked =
            text
            .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "UUID")
            .replacing(/20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}(Z| \+0000 UTC)/, with: "TIME")
            .replacing(/10\.11\.[0-9]+\.[0-9]+/, with: "PORTAL")
            .replacing(/resourceVersion("?: ?"?)[0-9]+/, with: { "resourceVersion\($0.output.1)N" })
            .replacing(/\[[0-9]+\]/, with: "[N]")
        return masked.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }.sorted()
    }
}

/// A terminal that remembers.
private final class RecordingConsole: Console {
    private let shown = Mutex("")
    private let complaints = Mutex("")
    private let typed: String

    init(input: String) { typed = input }

    var output: String { shown.withLock { $0 } }
    var errors: String { complaints.withLock { $0 } }

    func show(_ text: String) { shown.withLock { $0 += text } }
    func complain(_ text: String) { complaints.withLock { $0 += text + "\n" } }
    func input() throws(Files.Failure) -> [UInt8] { Array(typed.utf8) }
    func ask(_ prompt: String, isSecret: Bool) -> String? { nil }
}
