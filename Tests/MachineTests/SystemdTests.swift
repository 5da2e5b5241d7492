import Glibc
import NodeKit
import Testing

@testable import Machine

/// Against a socket of our own in systemd's place. Each test in a process of its own: the environment is everybody's.
@Suite struct SystemdTests {
    @Test(arguments: [
        ("apache-service", "apache-service"),
        ("default/web", "default/web"),
        ("", "~00000000"),
        ("web:80", "web_80~7fa2b77e"),
        ("a b\n", "a_b_~2d8de9a1"),
        (String(repeating: "n", count: 255), String(repeating: "n", count: 255)),
        (String(repeating: "n", count: 256), String(repeating: "n", count: 246) + "~bfb225b0"),
    ])
    func descriptorNamesAreWhatSystemdTakes(name: String, expected: String) {
        #expect(SystemdNotifier.descriptorName(name) == expected)
        #expect(SystemdNotifier.descriptorName(expected) == expected)
    }

    @Test func messagesAreExact() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            let notifier = SystemdNotifier()
            let cases: [(SystemdNotifier.Delivery, String)] = [
                (notifier.status("1 pod\nSTOPPING=1\u{7}, größer"), "STATUS=1 pod STOPPING=1 , größer"),
                (notifier.watchdog(), "WATCHDOG=1"),
                (notifier.stopping(within: .milliseconds(12_500)), "STOPPING=1\nEXTEND_TIMEOUT_USEC=12500000"),
                (notifier.removeStored(name: "web:80"), "FDSTOREREMOVE=1\nFDNAME=web_80~7fa2b77e"),
            ]
            for (delivery, expected) in cases {
                #expect(delivery == .sent)
                let message = try manager.receive()
                #expect(message.text == expected)
                #expect(message.descriptors.isEmpty)
            }
        }
    }

    @Test func readinessDoesNotDependOnTheStatusLine() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            #expect(SystemdNotifier().ready(status: "2 pods") == .sent)
            #expect(try manager.receive().text == "READY=1")
            #expect(try manager.receive().text == "STATUS=2 pods")
        }
    }

    @Test(arguments: [
        (String(repeating: "x", count: 1_024), String(repeating: "x", count: 1_024)),
        (String(repeating: "x", count: 1_025), String(repeating: "x", count: 1_021) + "…"),
        (String(repeating: "ß", count: 2_000), String(repeating: "ß", count: 510) + "…"),
        (String(repeating: "🇩🇪", count: 2_000), String(repeating: "🇩🇪", count: 127) + "…"),
        (String(repeating: "e\u{301}", count: 400), String(repeating: "e\u{301}", count: 340) + "…"),
    ])
    func aLongStatusIsCutBetweenCharacters(text: String, expected: String) {
        #expect(SystemdNotifier.line(text) == expected)
        #expect(expected.utf8.count <= SystemdNotifier.statusLimit)
    }

    @Test func reloadingTellsTheMonotonicTime() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            func microseconds() -> Int {
                var now = timespec()
                clock_gettime(CLOCK_MONOTONIC, &now)
                return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
            }
            let before = microseconds()
            SystemdNotifier().reloading()
            let lines = try manager.receive().text.split(separator: "\n")
            #expect(lines.first == "RELOADING=1")
            let time = try #require(Int(lines[1].dropFirst("MONOTONIC_USEC=".count)))
            #expect(before <= time && time <= microseconds())
        }
    }

    @Test func aStoredDescriptorArrives() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            #expect(SystemdNotifier().store(descriptor: ends[1], name: "default/web") == .sent)
            let message = try manager.receive()
            #expect(message.text == "FDSTORE=1\nFDNAME=default/web")
            let passed = try #require(message.descriptors.first)
            #expect(message.descriptors.count == 1)
            // It is the pipe's other end: what goes in there comes out here.
            #expect(write(passed, "x", 1) == 1)
            var byte: UInt8 = 0
            #expect(read(ends[0], &byte, 1) == 1)
            #expect(byte == UInt8(ascii: "x"))
        }
    }

    @Test func withoutAManagerNothingHappens() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            #expect(SystemdNotifier().ready(status: "") == .noManager)
            #expect(SystemdNotifier().store(descriptor: 0, name: "x") == .noManager)
            #expect(SystemdNotifier.watchdogInterval == nil)
            setenv("NOTIFY_SOCKET", "/nowhere/socket", 1)
            #expect(SystemdNotifier().watchdog() == .failed("No such file or directory"))
        }
    }

    @Test func theWatchdogIsOurs() async {
        await #expect(processExitsWith: .success) {
            setenv("WATCHDOG_USEC", "20000000", 1)
            #expect(SystemdNotifier.watchdogInterval == .seconds(20))
            setenv("WATCHDOG_PID", "\(getpid())", 1)
            #expect(SystemdNotifier.watchdogInterval == .seconds(20))
            setenv("WATCHDOG_PID", "1", 1)
            #expect(SystemdNotifier.watchdogInterval == nil)
        }
    }

    @Test func inheritedDescriptorsAreTakenOnce() async {
        await #expect(processExitsWith: .success) {
            // systemd passes from 3 on; what the test library has there comes back afterwards.
            let numbers: [Int32] = [3, 4]
            let saved = numbers.map { fcntl($0, F_DUPFD, 100) }
            for (number, name) in zip(numbers, ["/dev/null", "/dev/zero"]) {
                let file = open(name, O_RDONLY)
                if file != number {
                    dup2(file, number)
                    close(file)
                }
            }
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "2", 1)
            setenv("LISTEN_FDNAMES", "default/web:default/db", 1)
            let taken = InheritedDescriptors.take()
            let flags = numbers.map { fcntl($0, F_GETFD) }
            let again = InheritedDescriptors.take()
            for (number, copy) in zip(numbers, saved) where copy >= 0 { dup2(copy, number) }
            #expect(taken.map(\.name) == ["default/web", "default/db"])
            #expect(taken.map(\.descriptor) == numbers)
            #expect(flags == [FD_CLOEXEC, FD_CLOEXEC])
            #expect(again.isEmpty)
            #expect(getenv("LISTEN_FDS") == nil && getenv("LISTEN_PID") == nil && getenv("LISTEN_FDNAMES") == nil)
        }
    }

    @Test func descriptorsForAnotherProcessAreNotTaken() async {
        await #expect(processExitsWith: .success) {
            setenv("LISTEN_PID", "1", 1)
            setenv("LISTEN_FDS", "2", 1)
            #expect(InheritedDescriptors.take().isEmpty)
        }
    }
}

/// A datagram socket in a temporary folder, with `NOTIFY_SOCKET` set to its path.
private final class FakeManager {
    let folder: TestFolder
    let socket: Int32

    init() throws {
        folder = try TestFolder()
        let path = folder.path("notify")
        socket = try datagramSocket(at: path)
        setenv("NOTIFY_SOCKET", path, 1)
    }

    /// The next datagram; every call before it has sent its own when it returned, so none is waited for.
    func receive() throws -> (text: String, descriptors: [Int32]) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var control = [UInt8](repeating: 0, count: 256)
        let (count, controlCount) = bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var buffer = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &buffer) { buffer in
                    var message = msghdr()
                    message.msg_iov = buffer
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    let count = recvmsg(socket, &message, Int32(MSG_DONTWAIT))
                    return (count, Int(message.msg_controllen))
                }
            }
        }
        try #require(count >= 0)
        return (String(decoding: bytes.prefix(count), as: UTF8.self), descriptors(in: control.prefix(controlCount)))
    }

    /// cmsg(3): length (8 bytes), level (4), type (4), data, padded to 8.
    private func descriptors(in control: ArraySlice<UInt8>) -> [Int32] {
        func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
            control.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
        }
        var found: [Int32] = []
        var offset = 0
        while offset + 16 <= control.count {
            let length = number(Int.self, at: offset)
            if number(Int32.self, at: offset + 8) == SOL_SOCKET,
                number(Int32.self, at: offset + 12) == Int32(SCM_RIGHTS)
            {
                found += stride(from: offset + 16, to: offset + length, by: 4).map { number(Int32.self, at: $0) }
            }
            offset += (length + 7) & ~7
        }
        return found
    }
}
