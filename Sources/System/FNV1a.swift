/// The hash FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same at every start, unlike Swift's own.
package enum FNV1a {
    /// Of the text's UTF-8.
    package static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }

    /// 0..<1, well mixed.
    package static func fraction(_ text: String) -> Double {
        let hash = hash(text)
        return Double((hash ^ (hash >> 29)) % 10_000) / 10_000
    }
}
