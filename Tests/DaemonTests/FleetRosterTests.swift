import Configuration
import QuotaModel
import Testing

@testable import Polling
@testable import Reading

struct FleetRosterTests {
    private func roster(_ accounts: [(String?, [String])]) throws -> FleetRoster {
        var configuration = Configuration()
        configuration.accounts = accounts.map { name, regions in
            var account = AccountSettings()
            account.name = name
            account.regions = regions
            return account
        }
        return FleetRoster(
            try AccountFactory(
                environment: PollBench.environment("http://127.0.0.1:1"), metrics: SelfMetrics()
            )
            .sessions(for: configuration.accounts))
    }

    private func key(_ account: String, _ region: String) -> RegionKey {
        RegionKey(account: account, region: region)
    }

    @Test("named accounts are known at once; others may be anybody in their Regions until each is identified")
    func holds() throws {
        let roster = try roster([("prod", ["a", "b"]), (nil, ["b", "c"])])
        #expect(roster.mayHold(key("prod", "a")))
        #expect(!roster.mayHold(key("prod", "c")))
        #expect(!roster.mayHold(key("111122223333", "a")))
        #expect(roster.mayHold(key("111122223333", "b")))
        #expect(roster.mayHold(key("unknown", "c")))
        roster.identified(key("111122223333", "b"))
        #expect(roster.mayHold(key("111122223333", "b")))
        #expect(!roster.mayHold(key("unknown", "b")))
        #expect(!roster.mayHold(key("444455556666", "b")))
        #expect(roster.mayHold(key("444455556666", "c")))
        roster.identified(key("prod", "a"))
        #expect(roster.mayHold(key("unknown", "c")))
    }

    @Test("two accounts without names in one Region: what was known stays until both are identified")
    func twoNameless() throws {
        let roster = try roster([(nil, ["a"]), (nil, ["a"])])
        roster.identified(key("1", "a"))
        #expect(roster.mayHold(key("2", "a")))
        roster.identified(key("3", "a"))
        #expect(!roster.mayHold(key("2", "a")))
        #expect(roster.mayHold(key("1", "a")))
    }
}
