/// Repeatable randomness: the same input gives the same number on every machine and in every run.
enum Noise {
    /// SplitMix64's finalizer: every input bit changes about half of the output bits.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// FNV-1a of the text's UTF-8, as a seed.
    static func seed(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    /// A number in `0..<limit` from 20 bits of `bits`, starting at bit `shift`; limit at most 2^20.
    static func pick(_ bits: UInt64, shift: UInt64, below limit: Int) -> Int {
        (Int((bits >> shift) & 0xF_FFFF) * limit) >> 20
    }

    /// A value that wanders between `low` and `high`, with one random support every 16 minutes.
    static func wandering(seed: UInt64, minute: Int, low: Int, high: Int) -> Int {
        let block = minute >> 4
        let here = pick(mixed(seed ^ UInt64(truncatingIfNeeded: block)), shift: 8, below: high - low + 1)
        let next = pick(mixed(seed ^ UInt64(truncatingIfNeeded: block + 1)), shift: 8, below: high - low + 1)
        return low + here + (next - here) * (minute & 15) / 16
    }
}
