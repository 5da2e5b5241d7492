import Glibc

/// An open file descriptor with exactly one owner, closed when the owner ends. `none` owns nothing.
struct Descriptor: ~Copyable, Sendable {
    /// The number; -1 for `none`.
    let raw: Int32

    /// Takes ownership of `raw`.
    init(owning raw: Int32) {
        self.raw = raw
    }

    static var none: Descriptor { Descriptor(owning: -1) }

    @inline(__always)
    var isOpen: Bool { raw >= 0 }

    /// Gives the number to a new owner without closing it.
    consuming func release() -> Int32 {
        let raw = self.raw
        discard self
        return raw
    }

    deinit {
        // close(2) frees the number even when it reports an error, and a second try could close somebody else's.
        if raw >= 0 { _ = close(raw) }
    }
}
