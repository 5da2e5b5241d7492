import ClusterModel
import Testing
import Wire

@testable import Agent

@Suite struct WriteIntakeTests {
    private func intake(maxTransactionBytes: Int = 10_000) -> WriteIntake {
        WriteIntake(
            decoder: ObjectDecoder(allowPrivileged: false, requirePortalIP: true),
            maxTransactionBytes: maxTransactionBytes)
    }

    private let service =
        #"{"kind":"Service","apiVersion":"v1beta1","id":"a","port":80,"selector":{"x":"y"},"portalIP":"10.11.0.1"}"#

    private func feed(_ intake: inout WriteIntake, _ line: String, number: Int = 1) throws(WireFault)
        -> WriteIntake.Outcome
    {
        let request = try Request.parse(line: Array(line.utf8), number: number)
        return try intake.take(request, byteCount: line.utf8.count)
    }

    private func writes(_ outcome: WriteIntake.Outcome) -> [Write] {
        if case .ready(let ready) = outcome { ready.writes } else { [] }
    }

    /// The code a line is refused with; `nil` when it is accepted.
    private func code(_ intake: inout WriteIntake, _ line: String, number: Int = 1) -> Int? {
        do {
            _ = try feed(&intake, line, number: number)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func aSingleWriteIsReadyAtOnce() throws {
        var intake = intake()
        #expect(writes(try feed(&intake, service)).count == 1)
    }

    @Test func aTransactionIsOneGroup() throws {
        var intake = intake()
        #expect(try feed(&intake, #"{"op":"begin"}"#) == .held)
        #expect(try feed(&intake, service) == .held)
        #expect(try feed(&intake, #"{"op":"remove","kind":"Pod","name":"b"}"#) == .held)
        let committed = try feed(&intake, #"{"op":"commit","id":9}"#, number: 4)
        #expect(writes(committed).count == 2)
        #expect(writes(try feed(&intake, service)).count == 1)
    }

    @Test func oneBadLineDoomsTheCommit() throws {
        var intake = intake()
        _ = try feed(&intake, #"{"op":"begin"}"#)
        _ = try feed(&intake, service)
        #expect(code(&intake, #"{"kind":"Service","id":"b"}"#, number: 3) == 422)
        intake.noteRefusal(line: 3)
        do throws(WireFault) {
            _ = try feed(&intake, #"{"op":"commit","id":9}"#)
            Issue.record("the commit was accepted")
        } catch {
            #expect(error.code == 422 && error.id == .int(9))
            #expect(error.message == "nothing was applied: line 3 of the transaction was refused")
        }
        #expect(code(&intake, #"{"op":"commit"}"#) == 400)
    }

    @Test func aSetTakesEffectAtItsLastPart() throws {
        var intake = intake()
        #expect(try feed(&intake, #"{"op":"set","kind":"Service","items":[\#(service)],"more":true}"#) == .held)
        let last = try feed(&intake, #"{"op":"set","kind":"Service","items":[],"resourceVersion":5}"#)
        guard case .replaceAll(.service, let objects, resourceVersion: 5)? = writes(last).first else {
            Issue.record("not a whole set: \(last)")
            return
        }
        #expect(objects.map(\.key.name) == ["a"])
    }

    @Test(arguments: [
        [#"{"op":"commit"}"#], [#"{"op":"begin"}"#, #"{"op":"begin"}"#],
    ])
    func misplacedBracketsAreBadRequests(_ lines: [String]) throws {
        var intake = intake()
        for line in lines.dropLast() { _ = try feed(&intake, line) }
        #expect(code(&intake, lines.last ?? "") == 400)
    }

    @Test func tooMuchIsRefused() throws {
        var transaction = intake(maxTransactionBytes: 150)
        _ = try feed(&transaction, #"{"op":"begin"}"#)
        _ = try feed(&transaction, service)
        #expect(code(&transaction, service) == 413)
        var set = intake(maxTransactionBytes: 150)
        let part = #"{"op":"set","kind":"Service","items":[\#(service)],"more":true}"#
        #expect(code(&set, part) == 413)
    }

    @Test func aListIsAWriteOfEachItem() throws {
        var intake = intake()
        let list = #"{"kind":"ServiceList","apiVersion":"v1beta1","items":[\#(service)]}"#
        #expect(writes(try feed(&intake, list)).count == 1)
    }
}
