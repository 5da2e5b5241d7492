import ClusterModel
import Glibc
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

    private func part(_ items: String, more: Bool = false) -> String {
        #"{"op":"set","id":5,"kind":"Service","items":[\#(items)]\#(more ? #","more":true"# : "")}"#
    }

    /// The code each line is refused with, `nil` for an accepted one; refusals are noted as the caller does.
    private func codes(_ lines: [String], maxTransactionBytes: Int = 10_000) -> [Int?] {
        var intake = intake(maxTransactionBytes: maxTransactionBytes)
        return lines.enumerated().map { index, line in
            do throws(WireFault) {
                let request = try Request.parse(line: Array(line.utf8), number: index + 1)
                do throws(WireFault) {
                    _ = try intake.take(request, byteCount: line.utf8.count)
                    return nil
                } catch {
                    intake.noteRefusal(line: index + 1)
                    return error.code
                }
            } catch {
                intake.noteRefusal(line: index + 1, isUnread: true)
                return error.code
            }
        }
    }

    @Test func aRefusedPartDoomsItsSetUpToTheLastPart() {
        let bad = #"{"kind":"Service","id":"b"}"#
        // In the middle, at the start, and beyond reading; the set after it is judged by itself.
        #expect(
            codes([part(service, more: true), part(bad, more: true), part(service), part(service)])
                == [nil, 422, 422, nil])
        #expect(
            codes([part(bad, more: true), part(service, more: true), part(service), part(service)])
                == [422, nil, 422, nil])
        #expect(codes([part(service, more: true), "nonsense", part(service), part(service)]) == [nil, 400, 422, nil])
        #expect(codes([part(service, more: true), part(bad), part(service)]) == [nil, 422, nil])
    }

    @Test func aSetBehindALineNobodyCouldReadIsNotTakenForAWholeOne() {
        #expect(codes(["nonsense", part(service), part(service)]) == [400, 422, nil])
        #expect(codes(["nonsense", service, part(service)]) == [400, nil, nil])
    }

    @Test func anOversizePartDoomsItsSet() {
        let big = part([service, service].joined(separator: ","), more: true)
        #expect(codes([big, big, part(service), part(service)], maxTransactionBytes: 400) == [nil, 413, 422, nil])
    }

    @Test func theLastPartOfADoomedSetNamesTheLine() throws {
        var intake = intake()
        _ = try feed(&intake, part(service, more: true))
        intake.noteRefusal(line: 2)
        do throws(WireFault) {
            _ = try feed(&intake, part(service), number: 3)
            Issue.record("the set was accepted")
        } catch {
            #expect(error.message == "nothing was applied: line 2 of the set was refused")
            #expect(error.id == .int(5))
        }
    }

    @Test func aFailedCommitTakesItsOpenSetsAlong() {
        let begin = #"{"op":"begin"}"#
        let commit = #"{"op":"commit"}"#
        let again = [begin, part(service, more: true), part(service), commit]
        let bad = #"{"kind":"Service","id":"b"}"#
        #expect(codes([begin, part(service, more: true), bad, commit] + again).suffix(5) == [422, nil, nil, nil, nil])
        #expect(codes([begin, part(service, more: true), commit] + again).suffix(5) == [422, nil, nil, nil, nil])
    }

    /// Processor time of this thread: what other processes do does not show in it.
    private func processorTime(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    @Test(arguments: [
        (#"{"kind":"PodList","items":[PODS]}"#, #"{"op":"remove","kind":"Pod","name":"b"}"#),
        (
            #"{"op":"set","kind":"Pod","items":[PODS],"more":true}"#,
            #"{"op":"set","kind":"Pod","items":[],"more":true}"#
        ),
    ])
    func theLastLineCostsWhatTheFirstOneDoes(_ row: (bulk: String, line: String)) throws {
        var intake = intake(maxTransactionBytes: .max)
        _ = try feed(&intake, #"{"op":"begin"}"#)
        let pod = #"{"kind":"Pod","id":"p","desiredState":{"manifest":{"version":"v1beta1","id":"p","containers":[]}}}"#
        let pods = Array(repeating: pod, count: 200).joined(separator: ",")
        let request = try Request.parse(line: Array(row.line.utf8), number: 1)
        let bulk = try Request.parse(line: Array(row.bulk.replacing("PODS", with: pods).utf8), number: 1)
        func add(_ count: Int) throws -> Double {
            try processorTime { for _ in 0..<count { _ = try intake.take(request, byteCount: 1) } }
        }
        let first = try add(200)
        // What a copy for each line would have to copy.
        for _ in 0..<30 { _ = try intake.take(bulk, byteCount: 1) }
        #expect(try add(200) < 10 * first + 0.01)
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
