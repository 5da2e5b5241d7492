import ClusterModel
import Machine
import NIOHTTP1
import NodeKit
import Testing
import Wire

@testable import Master

/// The recorded conversation, replayed in order against a master (`/api/v1beta1` of 2014, byte for byte).
@Suite struct GoldenReplayTests {
    @Test func everyAnswerIsTheRecordedOneButForChosenDifferences() async throws {
        #expect(try GoldenCase.all().count == 118)
        try await MasterUnderTest.run(["machines": "172.16.213.140,172.16.213.141"]) { master in
            try await master.awaitMinions()
            var comparison = GoldenComparison()
            try await Self.replay(master, &comparison)
        }
    }

    /// Holds the whole conversation with `master`, and compares.
    static func replay(_ master: MasterUnderTest, _ comparison: inout GoldenComparison) async throws {
        for recorded in try GoldenCase.all() {
            if recorded.answer == nil {
                try await watch(recorded, master, &comparison)
            } else {
                try await ask(recorded, master, &comparison)
            }
        }
    }

    private static func ask(
        _ recorded: GoldenCase, _ master: MasterUnderTest, _ comparison: inout GoldenComparison
    ) async throws {
        if recorded.name == GoldenDifferences.reuse.name { comparison.forget(GoldenDifferences.reuse.address) }
        var answer = try await master.ask(
            recorded.method, comparison.translated(recorded.path), recorded.body.map { comparison.translated($0) })
        // A change that takes longer than the server waits is asked for again, as the clients of 2014 did.
        try await eventually("\(recorded.name) is finished") {
            guard answer.status == 202, recorded.status != 202 else { return true }
            answer = try await master.ask("GET", "/api/v1beta1/operations/\(try Self.operation(answer.body))")
            return false
        }
        let contentType = answer.headers.first(name: "content-type")
        if let chosen = GoldenDifferences.answers[recorded.name] {
            #expect(answer.status == chosen.status, "\(recorded.name): \(answer.body)")
            #expect(answer.body.contains(chosen.words), "\(recorded.name): \(answer.body)")
            return
        }
        #expect(answer.status == recorded.status, "\(recorded.name): \(answer.body)")
        #expect(contentType == recorded.contentType, "\(recorded.name)")
        guard contentType == "application/json", let wanted = recorded.answer else {
            #expect(answer.body == recorded.answer, "\(recorded.name)")
            return
        }
        let live = try JSONText.parse(Array(answer.body.utf8))
        comparison.compare(withoutMissing(try JSONText.parse(Array(wanted.utf8))), live)
        #expect(comparison.differences == [], "\(recorded.name)")
        #expect(answer.body == goText(live), "\(recorded.name)")
    }

    private static func operation(_ working: String) throws -> String {
        let status = try JSONText.parse(Array(working.utf8))
        if case .string(let id) = status["details"]["id"] { return id }
        return ""
    }

    private static func watch(
        _ recorded: GoldenCase, _ master: MasterUnderTest, _ comparison: inout GoldenComparison
    ) async throws {
        let path = comparison.translated(recorded.path)
        let isResumed = path.contains("resourceVersion=")
        // From the beginning there is an event for each object, of which the recording holds some.
        var count = recorded.events.count
        if !isResumed {
            let list = try await master.ask("GET", path.replacing("/watch", with: ""))
            guard case .array(let items) = try JSONText.parse(Array(list.body.utf8))["items"] else { return }
            count = items.count
        }
        let lines = try await master.lines(path, count: count)
        let live = try lines.map { try JSONText.parse(Array($0.utf8)) }
        #expect(lines == live.map(goText), "\(recorded.name)")
        comparison.compare(
            events: try recorded.events.map { try JSONText.parse(Array($0.utf8)) }, live, isOrdered: isResumed)
        #expect(comparison.differences == [], "\(recorded.name)")
    }

    private static func goText(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        value.write(into: &bytes, escaping: .asGo)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func withoutMissing(_ list: JSONValue) -> JSONValue {
        guard case .object(var object) = list, case .array(let items) = list["items"] else { return list }
        let rest = items.filter { item in
            let name = "\(item["namespace"].string ?? "")/\(item["id"].string ?? "")"
            return !GoldenDifferences.missing.contains(name)
        }
        if rest.count != items.count { object["items"] = .array(rest) }
        return .object(object)
    }
}

extension MasterUnderTest {
    /// Returns when the minions of `--machines` are registered and healthy.
    func awaitMinions() async throws {
        for machine in parts.config.machines {
            try await eventually("\(machine) is registered") {
                await parts.mirror.object(ObjectRef(.minion, name: machine)) != nil
            }
            await parts.mirror.report(MinionCondition(.ready, lastSeen: parts.time.now()), of: machine)
        }
    }
}
