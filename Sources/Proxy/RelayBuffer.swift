import Glibc

/// Bytes read from one leg and not yet written to the other. A direction holds one only while there are such bytes.
struct RelayBuffer {
    /// Bytes one direction of one connection may hold. Large enough that a bulk transfer is not all system calls, small
    /// enough that copy in and copy out find it in the processor's second-level cache; measured with proxy-bench.
    static let capacity = 64 << 10

    let base: UnsafeMutableRawPointer
    /// The first byte not yet written.
    var start: UInt32 = 0
    /// Behind the last byte read.
    var end: UInt32 = 0

    var count: Int { Int(end - start) }
}

/// Buffers of one worker. Taking and giving back is a push and a pop, last in first out, so that in the usual case, where what
/// is read is written at once, all connections of a worker use the same warm buffer.
struct BufferPool: ~Copyable {
    /// Free buffers kept for the next burst (2 MiB); those beyond are given back to the system.
    static let kept = 32

    private var free: [UnsafeMutableRawPointer] = []
    /// Buffers handed out and not given back.
    private(set) var inUse = 0
    /// Buffers that may hold bytes from one turn to the next: the worker's share of `ProxySettings.maxBufferedBytes`.
    let bound: Int

    /// - Parameter bound: at least 1.
    init(bound: Int) {
        self.bound = bound
        free.reserveCapacity(Self.kept)
    }

    /// Whether what was taken last may be kept beyond the turn; otherwise it is given back before the next one is
    /// taken, so that there is never more than one beyond the bound.
    @inline(__always)
    var isWithinBound: Bool { inUse <= bound }

    /// An empty buffer; `nil` when the system has no memory.
    @inline(__always)
    mutating func take() -> RelayBuffer? {
        if let base = free.popLast() {
            inUse += 1
            return RelayBuffer(base: base)
        }
        return map()
    }

    @inline(__always)
    mutating func giveBack(_ buffer: RelayBuffer) {
        inUse -= 1
        if free.count < Self.kept {
            free.append(buffer.base)
        } else {
            munmap(buffer.base, RelayBuffer.capacity)
        }
    }

    /// Mapped and not from the heap: what a burst took goes back to the system whole, not as holes between other objects.
    private mutating func map() -> RelayBuffer? {
        let base = mmap(nil, RelayBuffer.capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base, base != MAP_FAILED else { return nil }
        inUse += 1
        return RelayBuffer(base: base)
    }

    deinit {
        for base in free { munmap(base, RelayBuffer.capacity) }
    }
}
