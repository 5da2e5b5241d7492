/// A number that looks like chance and is the same in every process, unlike `Hasher`'s: 64-bit FNV-1a, finished by the mixer of
/// SplitMix64, because FNV's high bits hardly change with the last letters.
enum StableHash {
    /// The number of `text` and `seed`.
    static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        return hash ^ hash >> 31
    }
}
