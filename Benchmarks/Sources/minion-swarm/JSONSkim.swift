import Glibc

/// Finds its way in a line of JSON without building anything of it: a thousand minions read a full set of some megabytes each,
/// and all that is asked of an object is its name and its version. What a master writes is taken for valid; of anything else
/// only the bounds of the array are sure.
struct JSONSkim {
    /// The text; places in it are given as ranges, which never contain the blanks around a value.
    let bytes: [UInt8]

    /// Calls `body` with each member of the object at `object`: its key, without the quotes, and its value.
    func forEachMember(of object: Range<Int>, _ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
        var place = object.lowerBound + 1
        while let key = nextValue(from: place, before: object.upperBound),
            let value = nextValue(from: key.upperBound, before: object.upperBound)
        {
            body(key.lowerBound + 1..<key.upperBound - 1, value)
            place = value.upperBound
        }
    }

    /// Calls `body` with each element of the array at `array`.
    func forEachElement(of array: Range<Int>, _ body: (Range<Int>) -> Void) {
        var place = array.lowerBound + 1
        while let element = nextValue(from: place, before: array.upperBound) {
            body(element)
            place = element.upperBound
        }
    }

    /// The value of the member `name` of the object at `object`.
    func member(_ name: StaticString, of object: Range<Int>) -> Range<Int>? {
        var found: Range<Int>?
        forEachMember(of: object) { key, value in if found == nil, has(key, name) { found = value } }
        return found
    }

    /// Whether the text at `range` is `text`.
    func has(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount
            && bytes.withUnsafeBufferPointer { buffer in
                // Both pointers live for the comparison only, and the range lies inside the array.
                buffer.baseAddress.map { memcmp($0 + range.lowerBound, text.utf8Start, range.count) == 0 } ?? false
            }
    }

    /// Whether `text` stands at `place`.
    func begins(with text: StaticString, at place: Int) -> Bool {
        let end = place + text.utf8CodeUnitCount
        return end <= bytes.count && has(place..<end, text)
    }

    /// The place of the first line feed from `start` on.
    func endOfLine(from start: Int) -> Int? {
        bytes.withUnsafeBytes { buffer in
            // The pointers live for the search, which ends at the end of the array.
            guard start < buffer.count, let base = buffer.baseAddress,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), buffer.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// The string at `range`, as it is written, without its quotes: names have no escapes.
    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range.lowerBound + 1..<range.upperBound - 1], as: UTF8.self)
    }

    /// The whole number at `range`; 0 for what is none.
    func number(_ range: Range<Int>) -> UInt64 {
        var number: UInt64 = 0
        for place in range {
            guard case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 else { return 0 }
            number = number &* 10 &+ UInt64(digit)
        }
        return number
    }

    /// The next value after commas, colons and blanks.
    private func nextValue(from start: Int, before end: Int) -> Range<Int>? {
        var place = start
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: " "), UInt8(ascii: "\t"): place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): return nil
            case UInt8(ascii: "\""): return place..<endOfString(at: place, before: end)
            case UInt8(ascii: "{"), UInt8(ascii: "["): return place..<endOfComposite(at: place, before: end)
            default: return place..<endOfScalar(at: place, before: end)
            }
        }
        return nil
    }

    private func endOfString(at start: Int, before end: Int) -> Int {
        var place = start + 1
        while place < end, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(place + 1, end)
    }

    private func endOfComposite(at start: Int, before end: Int) -> Int {
        var depth = 0
        var place = start
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                place = endOfString(at: place, before: end)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            place += 1
            if depth == 0 { break }
        }
        return place
    }

    private func endOfScalar(at start: Int, before end: Int) -> Int {
        var place = start
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: " "): return place
            default: place += 1
            }
        }
        return place
    }
}
