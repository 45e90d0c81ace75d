import System

/// A part of all accounts: which of several exporters reads an account, by nothing but its ID.
///
/// Rendezvous hashing: every shard has a weight for every account, and the heaviest holds it. So a shard more takes its
/// accounts from all others alike, and none moves between these. What is computed here is for good: another hash would
/// move every account to an exporter that does not have its history.
package struct AccountShard: Equatable, Sendable, CustomStringConvertible {
    /// More than one exporter for each account of a large organization helps nobody.
    package static let counts = 1...1000
    /// All accounts.
    package static let whole = AccountShard(number: 1, of: 1)

    /// From 1 to `count`.
    package let number: Int
    package let count: Int

    /// - Precondition: `number` is in `1...count`, and `count` in `counts`.
    package init(number: Int, of count: Int) {
        precondition(Self.counts.contains(count) && (1...count).contains(number))
        (self.number, self.count) = (number, count)
    }

    /// `2/8`, counted from 1; or the name of a pod of a StatefulSet in place of the number, `quota-1/8`, whose ordinals
    /// count from 0. Nil for anything else.
    package init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"),
            let count = Self.number(text[text.index(after: slash)...]), Self.counts.contains(count)
        else { return nil }
        let which = text[..<slash]
        let number: Int?
        if let dash = which.lastIndex(of: "-"), dash > which.startIndex {
            number = Self.number(which[which.index(after: dash)...]).map { $0 + 1 }
        } else {
            number = Self.number(which)
        }
        guard let number, (1...count).contains(number) else { return nil }
        self.init(number: number, of: count)
    }

    package var description: String { "\(number)/\(count)" }

    /// Whether the account is of this part; of all parts with the same count, exactly one says so.
    package func holds(_ account: String) -> Bool { Self.number(holding: account, of: count) == number }

    /// Which of so many shards holds the account, from 1.
    static func number(holding account: String, of count: Int) -> Int {
        let seed = FNV1a.hash(account)
        var heaviest: (weight: UInt64, number: Int) = (0, 1)
        for number in 1...count {
            let weight = mixed(seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
            if weight > heaviest.weight { heaviest = (weight, number) }
        }
        return heaviest.number
    }

    /// SplitMix64's finalizer (https://prng.di.unimi.it/splitmix64.c): each bit of the result depends on all.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Digits alone, without leading zeros.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard text == "0" || !text.hasPrefix("0"), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }
}
