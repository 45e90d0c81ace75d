/// SHA-1 of RFC 3174, which names the files of the SSO token cache. It protects nothing here.
package enum SHA1 {
    /// The digest in lower-case hexadecimal digits.
    package static func hexDigest(_ text: String) -> String {
        let digits = Array("0123456789abcdef")
        return String(digest(Array(text.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func digest(_ message: [UInt8]) -> [UInt8] {
        // Section 6.1: the initial values of H0 to H4.
        var hash: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        let padded = padded(message)
        for start in stride(from: 0, to: padded.count, by: 64) {
            process(padded[start..<start + 64], into: &hash)
        }
        return hash.flatMap(bytes)
    }

    /// Section 4: a one bit, zeros, and the length in bits as 64 bits.
    private static func padded(_ message: [UInt8]) -> [UInt8] {
        let zeros = (119 - message.count % 64) % 64
        let bits = UInt64(message.count) * 8
        let length = (0..<8).reversed().map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        return message + [0x80] + [UInt8](repeating: 0, count: zeros) + length
    }

    /// Section 6.1, steps a to e, for one block of 64 bytes.
    private static func process(_ block: ArraySlice<UInt8>, into hash: inout [UInt32]) {
        var words = [UInt32](repeating: 0, count: 80)
        for (offset, byte) in block.enumerated() {
            words[offset / 4] = words[offset / 4] << 8 | UInt32(byte)
        }
        for t in 16..<80 {
            words[t] = rotated(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], by: 1)
        }
        var (a, b, c, d, e) = (hash[0], hash[1], hash[2], hash[3], hash[4])
        for t in 0..<80 {
            let (function, constant) = step(t, b, c, d)
            let next = rotated(a, by: 5) &+ function &+ e &+ words[t] &+ constant
            (e, d, c, b, a) = (d, c, rotated(b, by: 30), a, next)
        }
        for (index, value) in [a, b, c, d, e].enumerated() { hash[index] &+= value }
    }

    /// Section 5: the function and the constant of step `t`.
    private static func step(_ t: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> (UInt32, UInt32) {
        if t < 20 { return ((b & c) | (~b & d), 0x5a82_7999) }
        if t < 40 { return (b ^ c ^ d, 0x6ed9_eba1) }
        if t < 60 { return ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc) }
        return (b ^ c ^ d, 0xca62_c1d6)
    }

    private static func rotated(_ word: UInt32, by bits: UInt32) -> UInt32 {
        word << bits | word >> (32 - bits)
    }

    private static func bytes(_ word: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
}
