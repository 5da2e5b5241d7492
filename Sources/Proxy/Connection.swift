/// One client and the backend it is given: first dialing, then relaying. Lives in a slot of a `ConnectionTable`; when it is
/// removed from there its descriptors are closed and its listener is let go.
struct Connection: ~Copyable {
    enum Phase {
        /// The client's bytes wait in the kernel until there is somebody to read them.
        case dialing, relaying
    }

    let client: Descriptor
    /// `none` between two attempts.
    var backend = Descriptor.none
    /// Held, so that `tally` stays valid after the listener was closed.
    let listener: Listener
    let tally: UnsafeMutablePointer<Tally>
    let slot: UInt32
    let generation: UInt32
    var phase = Phase.dialing
    /// In the worker's queue of connections that used up their turn.
    var isQueued = false
    var dial: Dial
    var relay = Relay()

    func descriptor(of side: Relay.Side) -> Int32 {
        side == .client ? client.raw : backend.raw
    }
}

/// The connections of one worker, in slots that are used again. A slot's generation tells whether what a token speaks of is
/// still there.
///
/// Memory comes in chunks that never move, so a pointer to a connection is valid until that connection is removed; chunks are
/// kept for the next burst until the worker ends.
struct ConnectionTable: ~Copyable {
    private static let chunk = 256

    private var chunks: [UnsafeMutablePointer<Connection>] = []
    /// Per slot; odd while it is occupied.
    private var generations: [UInt32] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    /// Slots there are, used and free.
    var capacity: Int { generations.count }

    /// The connection a token of `generation` speaks of, or `nil` when that one is gone.
    @inline(__always)
    func find(_ slot: UInt32, generation: UInt32) -> UnsafeMutablePointer<Connection>? {
        guard Int(slot) < generations.count, generations[Int(slot)] == generation else { return nil }
        return place(slot)
    }

    /// Whatever is in `slot`.
    func occupant(of slot: UInt32) -> UnsafeMutablePointer<Connection>? {
        generations[Int(slot)] & 1 == 1 ? place(slot) : nil
    }

    /// Puts a connection that is about to dial into a free slot. There is always one: `ProxySettings.maxConnections` is below
    /// `Token.maximumSlots`.
    mutating func insert(
        client: consuming Descriptor, listener: Listener, tally: UnsafeMutablePointer<Tally>, dial: Dial
    ) -> UnsafeMutablePointer<Connection> {
        if free.isEmpty { grow() }
        let slot = free.removeLast()
        generations[Int(slot)] &+= 1
        let pointer = place(slot)
        pointer.initialize(
            to: Connection(
                client: client, listener: listener, tally: tally, slot: slot, generation: generations[Int(slot)],
                dial: dial))
        count += 1
        return pointer
    }

    /// Ends a connection; its descriptors are closed here.
    mutating func remove(_ pointer: UnsafeMutablePointer<Connection>) {
        let slot = pointer.pointee.slot
        pointer.deinitialize(count: 1)
        generations[Int(slot)] &+= 1
        free.append(slot)
        count -= 1
    }

    @inline(__always)
    private func place(_ slot: UInt32) -> UnsafeMutablePointer<Connection> {
        chunks[Int(slot) / Self.chunk] + Int(slot) % Self.chunk
    }

    private mutating func grow() {
        let first = generations.count
        chunks.append(.allocate(capacity: Self.chunk))
        generations.append(contentsOf: repeatElement(0, count: Self.chunk))
        free.append(contentsOf: (first..<first + Self.chunk).reversed().map(UInt32.init))
    }

    deinit {
        for slot in 0..<generations.count where generations[slot] & 1 == 1 {
            place(UInt32(slot)).deinitialize(count: 1)
        }
        for chunk in chunks { chunk.deallocate() }
    }
}
