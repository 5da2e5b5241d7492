import Glibc
import NodeKit
import Testing

@testable import Machine

@Suite struct AppendLogTests {
    let folder: TestFolder
    let path: String

    init() throws {
        folder = try TestFolder()
        path = folder.path("log")
    }

    private func records(_ opened: AppendLog.Opened) -> [String] {
        opened.records.map { String(decoding: $0, as: UTF8.self) }
    }

    private func payloads(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    @Test func theFormatIsFixed() throws {
        let opened = try AppendLog.open(path)
        #expect(opened.records.isEmpty && opened.damage == nil)
        try opened.log.append(payloads(#"{"a":1}"#, ""))
        try opened.log.append(payloads("123456789"))
        try opened.log.append([])
        let expected = "561bacaf {\"a\":1}\n00000000 \ncbf43926 123456789\n"
        #expect(text(of: path) == expected)
        #expect(opened.log.size == expected.utf8.count)
        #expect(opened.log.recordCount == 3)
    }

    @Test func whatWasAppendedIsFound() throws {
        for number in 1...3 {
            let opened = try AppendLog.open(path)
            #expect(records(opened) == (1..<number).map(String.init))
            #expect(opened.log.recordCount == number - 1)
            try opened.log.append(payloads("\(number)"))
        }
    }

    @Test func aLineBreakIsRefusedAndNothingIsWritten() throws {
        let log = try AppendLog.open(path).log
        for operation in [log.append, log.rewrite] {
            let error = #expect(throws: FileError.self) { try operation(payloads("good", "bad\n")) }
            #expect(error?.code == .unsuitable)
        }
        #expect(text(of: path) == "")
    }

    @Test func wherePowerIsCutTheWholeLinesStay() throws {
        let whole = String(decoding: LogText.render(payloads("one", "", #"{"three":3}"#)), as: UTF8.self)
        let ends = whole.utf8.enumerated().filter { $0.element == UInt8(ascii: "\n") }.map { $0.offset + 1 }
        for cut in 0...whole.utf8.count {
            try put(String(whole.prefix(cut)), at: path)
            let kept = ends.last { $0 <= cut } ?? 0
            let opened = try AppendLog.open(path)
            #expect(records(opened) == Array(["one", "", #"{"three":3}"#].prefix(ends.filter { $0 <= cut }.count)))
            #expect(opened.damage == (cut > kept ? .tornTail(bytes: cut - kept) : nil))
            #expect(text(of: path) == String(whole.prefix(kept)))
            try opened.log.append(payloads("more"))
            let again = try AppendLog.open(path)
            #expect(records(again) == records(opened) + ["more"])
            #expect(again.damage == nil)
        }
        #expect(folder.names == ["log"])
    }

    @Test func oneChangedByteCostsOnlyItsOwnLines() throws {
        let texts = ["one", "two", "three"]
        let whole = LogText.render(texts.map { Array($0.utf8) })
        for position in whole.indices.dropLast() {
            var changed = whole
            changed[position] ^= 1
            try AtomicFile.write(changed, to: path)
            let opened = try AppendLog.open(path)
            guard case .badRecords(let firstLine, let count, let aside) = opened.damage else {
                Issue.record("byte \(position): \(String(describing: opened.damage))")
                continue
            }
            // 13 bytes to a line of these, 15 for the last: a changed line break joins two lines into one bad one.
            let line = position / 13 + 1
            let joined = position % 13 == 12 && line < 3
            let lost = joined ? [line, line + 1] : [min(line, 3)]
            #expect(firstLine == lost[0])
            #expect(count == 1)
            #expect(records(opened) == texts.enumerated().filter { !lost.contains($0.offset + 1) }.map(\.element))
            #expect(try AtomicFile.read(aside, limit: 100) == changed)
            let again = try AppendLog.open(path)
            #expect(records(again) == records(opened))
            #expect(again.damage == nil)
            #expect(unlink(aside) == 0)
        }
        #expect(folder.names == ["log"])
    }

    @Test func aRepairThatFailsUsesUpNoName() throws {
        try AtomicFile.write(Array("garbage\n".utf8), to: path)
        // In the way of the repaired file, as a full disk would be.
        #expect(mkdir(path + ".new", 0o700) == 0)
        for _ in 1...3 { #expect(throws: FileError.self) { try AppendLog.open(path) } }
        #expect(folder.names == ["log", "log.new"])
        #expect(rmdir(path + ".new") == 0)
        #expect(try AppendLog.open(path).damage == .badRecords(firstLine: 1, count: 1, setAside: path + ".damaged-1"))
    }

    @Test func aRepairThatWasCutShortUsesTheNameItHad() throws {
        try AtomicFile.write(Array("other\n".utf8), to: path + ".damaged-1")
        try AtomicFile.write(Array("garbage\n".utf8), to: path)
        #expect(link(path, path + ".damaged-3") == 0)
        #expect(try AppendLog.open(path).damage == .badRecords(firstLine: 1, count: 1, setAside: path + ".damaged-3"))
        #expect(folder.names == ["log", "log.damaged-1", "log.damaged-3"])
    }

    @Test(arguments: [
        ("garbage\n", [], 1, 1),
        ("561bacaf {\"a\":1}\n\n\0\0\0\n00000000 \n561baca", ["{\"a\":1}", ""], 2, 2),
        ("561BACAF {\"a\":1}\n", [], 1, 1),
        ("561bacaf\t{\"a\":1}\n", [], 1, 1),
    ])
    func badLinesAreSetAside(content: String, good: [String], firstLine: Int, count: Int) throws {
        try AtomicFile.write(Array(content.utf8), to: path)
        let opened = try AppendLog.open(path)
        #expect(opened.damage == .badRecords(firstLine: firstLine, count: count, setAside: path + ".damaged-1"))
        #expect(records(opened) == good)
        #expect(opened.log.recordCount == good.count)
        #expect(try AtomicFile.read(path + ".damaged-1", limit: 100) == Array(content.utf8))
        try opened.log.append(payloads("more"))
        #expect(records(try AppendLog.open(path)) == good + ["more"])
    }

    @Test func zerosAfterAPowerCutAreATornTail() throws {
        try AtomicFile.write(LogText.render(payloads("one")) + [UInt8](repeating: 0, count: 4096), to: path)
        let opened = try AppendLog.open(path)
        #expect(records(opened) == ["one"])
        #expect(opened.damage == .tornTail(bytes: 4096))
    }

    @Test func rewritingCompacts() throws {
        let log = try AppendLog.open(path).log
        try log.append(payloads("1", "2", "3"))
        try log.rewrite(payloads("3"))
        #expect(log.recordCount == 1)
        #expect(log.size == 11)
        try log.append(payloads("4"))
        #expect(records(try AppendLog.open(path)) == ["3", "4"])
        #expect(folder.names == ["log"])
    }

    @Test func noLogIsMadeThatCannotBeOpened() throws {
        let log = try AppendLog.open(path, sizeLimit: 24).log
        try log.append(payloads("1", "2"))
        for operation in [log.append, log.rewrite] {
            let error = #expect(throws: FileError.self) { try operation(payloads("3", "4", "5")) }
            #expect(error?.code == .tooLarge)
        }
        #expect(log.recordCount == 2)
        try log.rewrite(payloads("2"))
        try log.append(payloads("3"))
        #expect(records(try AppendLog.open(path, sizeLimit: 24)) == ["2", "3"])
    }

    @Test func whatIsSetAsideStaysAsItWas() throws {
        let log = try AppendLog.open(path).log
        for number in [1, 2, 3] {
            try log.append(payloads("\(number)"))
            let before = text(of: path)
            #expect(try log.setAside() == "\(path).damaged-\(number)")
            try log.rewrite(payloads("new"))
            try log.append(payloads("more"))
            #expect(text(of: "\(path).damaged-\(number)") == before)
        }
        #expect(unlink("\(path).damaged-2") == 0)
        #expect(try log.setAside() == "\(path).damaged-2")
        #expect(folder.names == ["log", "log.damaged-1", "log.damaged-2", "log.damaged-3"])
    }

    @Test func withoutSpaceTheLogStaysAsItWas() async throws {
        let first = String(repeating: "1", count: 40)
        try AppendLog.open(path).log.append(payloads(first))
        await #expect(processExitsWith: .success) { [path = path as String] in
            let log = try AppendLog.open(path).log
            let before = text(of: path)
            limitFileSize(to: 80)
            // The kernel takes the bytes up to 80 and then no more.
            for operation in [log.append, log.rewrite] {
                let error = #expect(throws: FileError.self) { try operation([[UInt8](repeating: 2, count: 100)]) }
                #expect(error?.code == .noSpace)
                #expect(text(of: path) == before)
                #expect(log.recordCount == 1)
            }
            try log.append([Array("small".utf8)])
        }
        let opened = try AppendLog.open(path)
        #expect(records(opened) == [first, "small"])
        #expect(opened.damage == nil)
        #expect(folder.names == ["log"])
    }

    @Test func whatWasAckedSurvivesAKill() async throws {
        let acked = folder.path("acked")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, acked = acked as String] in
            let log = try AppendLog.open(path).log
            for number in 0... {
                // Killed by another thread in the middle of whatever it does.
                if number == 50 { Task.detached { kill(getpid(), SIGKILL) } }
                try log.append([Array("\(number)".utf8)])
                try put("\(number)", at: acked + ".new")
                rename(acked + ".new", acked)
            }
        }
        let last = try #require(text(of: acked).flatMap { Int($0) })
        let opened = try AppendLog.open(path)
        #expect(opened.records.count > last)
        #expect(records(opened) == (0..<opened.records.count).map(String.init))
    }

    @Test func whatIsNoLogIsNotOpened() throws {
        #expect(mkdir(path, 0o700) == 0)
        #expect(throws: FileError.self) { try AppendLog.open(path) }
        let error = #expect(throws: FileError.self) { try AppendLog.open(folder.path("absent/log")) }
        #expect(error?.code == .missing)
    }
}
