/// The hash FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same at every start, unlike Swift's own.
package enum FNV1a {
    /// Of the text's UTF-8.
    package static func hash(_ text: String) -> UInt64 { hash(text.utf8) }

    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }

    /// 0..<1, well mixed.
    package static func fraction(_ text: String) -> Double {
        let hash = hash(text)
        return Double((hash ^ (hash >> 29)) % 10_000) / 10_000
    }
}

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

/// SHA-256 of FIPS 180-4, for signatures of webhook bodies.
package enum SHA256 {
    package static let blockBytes = 64

    /// The 32 bytes of the digest (section 6.2).
    package static func digest(_ message: [UInt8]) -> [UInt8] {
        var hash = initialHash
        let padded = padded(message)
        var words = [UInt32](repeating: 0, count: 64)
        for start in stride(from: 0, to: padded.count, by: blockBytes) {
            schedule(padded[start..<start + blockBytes], into: &words)
            compress(words, into: &hash)
        }
        return hash.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
    }

    /// Section 5.1.1: a one bit, zeros, and the length in bits as 64 bits.
    private static func padded(_ message: [UInt8]) -> [UInt8] {
        let zeros = (119 - message.count % blockBytes) % blockBytes
        let bits = UInt64(message.count) * 8
        let length = (0..<8).reversed().map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        return message + [0x80] + [UInt8](repeating: 0, count: zeros) + length
    }

    /// Section 6.2.2, step 1.
    private static func schedule(_ block: ArraySlice<UInt8>, into words: inout [UInt32]) {
        for t in 0..<16 { words[t] = 0 }
        for (offset, byte) in block.enumerated() {
            words[offset / 4] = words[offset / 4] << 8 | UInt32(byte)
        }
        for t in 16..<64 {
            let (w2, w15) = (words[t - 2], words[t - 15])
            let sigma1 = rotated(w2, by: 17) ^ rotated(w2, by: 19) ^ (w2 >> 10)
            let sigma0 = rotated(w15, by: 7) ^ rotated(w15, by: 18) ^ (w15 >> 3)
            words[t] = sigma1 &+ words[t - 7] &+ sigma0 &+ words[t - 16]
        }
    }

    /// Section 6.2.2, steps 2 to 4.
    private static func compress(_ words: [UInt32], into hash: inout [UInt32]) {
        var (a, b, c, d) = (hash[0], hash[1], hash[2], hash[3])
        var (e, f, g, h) = (hash[4], hash[5], hash[6], hash[7])
        for t in 0..<64 {
            let sum1 = rotated(e, by: 6) ^ rotated(e, by: 11) ^ rotated(e, by: 25)
            let t1 = h &+ sum1 &+ ((e & f) ^ (~e & g)) &+ constants[t] &+ words[t]
            let sum0 = rotated(a, by: 2) ^ rotated(a, by: 13) ^ rotated(a, by: 22)
            let t2 = sum0 &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e) = (g, f, e, d &+ t1)
            (d, c, b, a) = (c, b, a, t1 &+ t2)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { hash[index] &+= value }
    }

    private static func rotated(_ word: UInt32, by bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    /// Section 5.3.3: the fractions of the square roots of the first eight primes.
    private static let initialHash: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    /// Section 4.2.2: the fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
