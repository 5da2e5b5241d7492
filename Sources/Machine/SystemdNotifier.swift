import CSystemd
import Glibc

/// Tells systemd how the service is (sd_notify(3)). Every call sends one datagram to `NOTIFY_SOCKET`; without one, which is
/// how the agent runs from a shell, calls do nothing and return `noManager`.
public struct SystemdNotifier: Sendable {
    /// What became of a message. That it was sent does not mean that systemd acts on it.
    public enum Delivery: Sendable, Equatable {
        /// In systemd's queue.
        case sent
        /// `NOTIFY_SOCKET` is not set.
        case noManager
        /// The kernel's words.
        case failed(String)
    }

    /// Longest name of a stored descriptor, in bytes (sd_pid_notify_with_fds(3), FDNAME=).
    public static let descriptorNameLimit = 255

    /// Reads nothing yet: the environment is looked at in every call.
    public init() {}

    /// Longest status line, in bytes. systemd drops a whole datagram of 4,096 bytes or more (NOTIFY_BUFFER_MAX of its
    /// sources), and nobody reads more than a few lines of it.
    public static let statusLimit = 1_024

    /// The stored state is applied and the port serves; `status` is the line that `systemctl status` shows. They are two
    /// messages, so that nothing about the line can keep the unit from being ready.
    /// - Returns: what became of the first.
    @discardableResult
    public func ready(status: String) -> Delivery {
        let delivery = send("READY=1")
        self.status(status)
        return delivery
    }

    /// The line that `systemctl status` shows. Control characters become spaces: a line break would start another message.
    /// Beyond `statusLimit` it is cut between two characters and ends in `…`.
    @discardableResult
    public func status(_ text: String) -> Delivery { send("STATUS=\(Self.line(text))") }

    /// The agent is alive. Due within every `watchdogInterval`, better twice.
    @discardableResult
    public func watchdog() -> Delivery { send("WATCHDOG=1") }

    /// The configuration is being read again; `ready` ends it. Carries the monotonic time that `Type=notify-reload` wants.
    @discardableResult
    public func reloading() -> Delivery {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// The agent is on its way out and needs up to `bound` for it, which counts from now in place of `TimeoutStopSec=`
    /// (sd_notify(3), EXTEND_TIMEOUT_USEC=); containers and stored descriptors stay.
    @discardableResult
    public func stopping(within bound: Duration) -> Delivery {
        send("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(Self.microseconds(bound))")
    }

    /// Keeps a copy of an open descriptor in systemd's store until the unit is stopped, for the next start to `take`
    /// (`FileDescriptorStoreMax=` of the unit must allow it). The name goes through `descriptorName`. Storing the same
    /// open file again does nothing.
    @discardableResult
    public func store(descriptor: Int32, name: String) -> Delivery {
        let state = "FDSTORE=1\nFDNAME=\(Self.descriptorName(name))"
        return Self.delivery(of: sd_pid_notify_with_fds(0, 0, state, [descriptor], 1))
    }

    /// Takes all descriptors of that name out of systemd's store.
    @discardableResult
    public func removeStored(name: String) -> Delivery { send("FDSTOREREMOVE=1\nFDNAME=\(Self.descriptorName(name))") }

    /// How long systemd waits for `watchdog` before it restarts the unit (`WatchdogSec=`); `nil` if it does not, or if the
    /// watchdog is another process's (sd_watchdog_enabled(3)).
    public static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        return sd_watchdog_enabled(0, &microseconds) > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// `name` as systemd takes it: ASCII without control characters and `:`, at most 255 bytes. A name that had to be
    /// changed for that ends in `~` and its CRC-32, so that two names do not become one.
    public static func descriptorName(_ name: String) -> String {
        let bytes = Array(name.utf8)
        var allowed = bytes.map { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") ? $0 : UInt8(ascii: "_") }
        if allowed != bytes || allowed.count > descriptorNameLimit || allowed.isEmpty {
            let mark = [UInt8(ascii: "~")] + hexDigits(crc32(bytes[...]))
            allowed = allowed.prefix(descriptorNameLimit - mark.count) + mark
        }
        return String(decoding: allowed, as: UTF8.self)
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(max(0, seconds)) * 1_000_000 + UInt64(max(0, attoseconds / 1_000_000_000_000))
    }

    static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.lazy.map { $0.properties.generalCategory == .control ? " " : $0 }
        // No scalar has more than four bytes: what lies beyond is not looked at.
        let line = String(String.UnicodeScalarView(scalars.prefix(statusLimit + 1)))
        guard line.utf8.count > statusLimit else { return line }
        let mark = "…"
        var kept = ""
        var bytes = mark.utf8.count
        for character in line {
            bytes += character.utf8.count
            if bytes > statusLimit { break }
            kept.append(character)
        }
        return kept + mark
    }

    private func send(_ state: String) -> Delivery { Self.delivery(of: sd_notify(0, state)) }

    private static func delivery(of result: Int32) -> Delivery {
        result > 0 ? .sent : result == 0 ? .noManager : .failed(errorText(-result))
    }
}

/// What systemd hands over at the start: sockets of socket units, and what an earlier run has stored.
public struct InheritedDescriptors: Sendable {
    /// The descriptors with the names they were stored under, in systemd's order; the same name may come more than once.
    /// Each is the caller's to use or close, and is closed on exec from now on. `LISTEN_FDS` and its companions are removed
    /// from the environment, so a second call returns nothing (sd_listen_fds_with_names(3)).
    public static func take() -> [(name: String, descriptor: Int32)] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        defer { free(names) }
        guard count > 0, let names else { return [] }
        return (0..<count).map { index in
            defer { free(names[Int(index)]) }
            return (names[Int(index)].map { String(cString: $0) } ?? "", SD_LISTEN_FDS_START + index)
        }
    }
}
