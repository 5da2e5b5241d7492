import FoundationEssentials
import Synchronization

/// Makes UUIDs of version 1 (RFC 9562 §5.1), the ones pods were given in 2014: they tell when and, in place of a hardware
/// address, by which process they were made.
final class TimeUUIDs: Sendable {
    /// From the beginning of the Gregorian calendar to that of 1970, in steps of 100 ns.
    private static let gregorianOffset: UInt64 = 0x01B2_1DD2_1381_4000
    private static let stepsPerSecond = 10_000_000.0

    private let clock: WallClock
    /// 14 random bits and 48 random ones with the multicast bit set, so that it is no real address (RFC 9562 §6.10).
    private let sequence = UInt16.random(in: 0..<(1 << 14))
    private let node = UInt64.random(in: 0..<(1 << 48)) | 0x0100_0000_0000
    private let last = Mutex(UInt64(0))

    init(clock: WallClock) {
        self.clock = clock
    }

    /// A UUID no other of this process has, also when two are made in one step of the clock or it is set back.
    func next() -> String {
        let steps = UInt64(max(0, clock.now().timeIntervalSince1970) * Self.stepsPerSecond) + Self.gregorianOffset
        let time = last.withLock { last in
            last = max(steps, last + 1)
            return last
        }
        return [
            Self.hex(time & 0xFFFF_FFFF, digits: 8), Self.hex(time >> 32 & 0xFFFF, digits: 4),
            Self.hex(time >> 48 & 0x0FFF | 0x1000, digits: 4), Self.hex(UInt64(sequence) | 0x8000, digits: 4),
            Self.hex(node, digits: 12),
        ].joined(separator: "-")
    }

    private static func hex(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
