import Testing

@testable import Reading

@Suite("Account shards")
struct AccountShardTests {
    private static let accounts = (0..<4000).map { String(100_000_000_000 + $0 * 7_919) }

    @Test("every account is in exactly one shard", arguments: [1, 2, 3, 8, 63])
    func disjoint(count: Int) {
        let shards = (1...count).map { AccountShard(number: $0, of: count) }
        for account in Self.accounts {
            #expect(shards.count { $0.holds(account) } == 1)
        }
    }

    @Test("shards are of about the same size", arguments: [2, 8, 20])
    func even(count: Int) {
        var sizes = [Int](repeating: 0, count: count)
        for account in Self.accounts { sizes[AccountShard.number(holding: account, of: count) - 1] += 1 }
        let mean = Double(Self.accounts.count) / Double(count)
        // Five standard deviations of a fair draw.
        let slack = 5 * mean.squareRoot()
        for size in sizes { #expect(abs(Double(size) - mean) < slack, "\(sizes)") }
    }

    @Test("a shard more takes accounts from the others, and moves none between them")
    func growing() {
        var moved = 0
        for account in Self.accounts {
            let (before, after) = (
                AccountShard.number(holding: account, of: 8), AccountShard.number(holding: account, of: 9)
            )
            guard before != after else { continue }
            #expect(after == 9)
            moved += 1
        }
        #expect(abs(Double(moved) - Double(Self.accounts.count) / 9) < 5 * (4000.0 / 9).squareRoot())
    }

    /// Changing these moves accounts away from the exporters that have their history.
    @Test("which shard holds an account is for good")
    func golden() {
        let found = ["111122223333", "444455556666", "777788889999", "000000000001", "999999999999"]
            .map { account in [2, 3, 8].map { AccountShard.number(holding: account, of: $0) } }
        #expect(found == Self.golden)
    }

    /// Computed apart from the program, in another language.
    private static let golden = [[2, 2, 8], [1, 1, 5], [2, 3, 7], [1, 1, 1], [2, 2, 5]]

    @Test("written as K/N, or with the name of a pod")
    func texts() {
        #expect(AccountShard("2/8") == AccountShard(number: 2, of: 8))
        #expect(AccountShard("1/1") == .whole)
        #expect(AccountShard("quota-0/8") == AccountShard(number: 1, of: 8))
        #expect(AccountShard("bedrock-quota-exporter-7/8") == AccountShard(number: 8, of: 8))
        #expect(AccountShard(number: 2, of: 8).description == "2/8")
        let wrong = [
            "", "/", "0/8", "9/8", "2/0", "2/", "/8", "2", "02/8", "2/08", "-1/8", "a-8/8", "quota/8",
            "2/1001",
            "2/8/3", "+1/8", "1 /8", "quota-01/8", "99999999999999999999/8", "1/99999999999999999999", "-/8",
        ]
        for text in wrong { #expect(AccountShard(text) == nil, "\(text)") }
    }
}
