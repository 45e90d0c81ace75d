import HTTPServer
import Testing

@testable import Daemon

@Suite("Descriptor budget")
struct DescriptorBudgetTests {
    @Test("the soft limit is raised as far as needed and allowed")
    func raised() throws {
        let wanted = HTTPServerLimits().connections
        let usual = try DescriptorBudget(soft: 1024, hard: 524_288, accounts: 1)
        #expect(usual.limit == 1024 && usual.connections == wanted)
        let raised = try DescriptorBudget(soft: 256, hard: 524_288, accounts: 1)
        #expect(raised.limit == 128 + 512 + 64 && raised.connections == wanted)
        let many = try DescriptorBudget(soft: 1024, hard: .max, accounts: 50)
        #expect(many.limit > 1024 && many.connections == wanted)
        #expect(try DescriptorBudget(soft: .max, hard: .max, accounts: 1).limit == .max)
    }

    @Test("an organization has connections of its own, however many accounts it has")
    func organization() throws {
        let found = try DescriptorBudget(soft: 256, hard: .max, accounts: 0, hasOrganization: true)
        #expect(found.limit == 112 + 144 + 512 + 64)
        let both = try DescriptorBudget(soft: 256, hard: .max, accounts: 2, hasOrganization: true)
        #expect(both.limit == 112 + 2 * 16 + 144 + 512 + 64)
    }

    @Test("with fewer descriptors there are fewer connections, and some are left for the rest")
    func fewer() throws {
        for limit in 192..<1024 {
            let budget = try DescriptorBudget(soft: limit, hard: limit, accounts: 1)
            #expect(budget.limit == limit)
            var limits = HTTPServerLimits()
            limits.connections = budget.connections
            #expect((56...512).contains(budget.connections))
            let held = limits.connections + limits.refusedConnections
            #expect(held <= limit - 128)
        }
    }

    @Test("below the least the error says how many are needed", arguments: [0, 16, 191])
    func tooFew(limit: Int) {
        let error = #expect(throws: DescriptorBudget.TooFew.self) {
            try DescriptorBudget(soft: 1, hard: limit, accounts: 1)
        }
        #expect(error?.description.contains("at least 192 are needed") == true)
        #expect(throws: DescriptorBudget.TooFew(limit: 256, least: 336)) {
            try DescriptorBudget(soft: 256, hard: 256, accounts: 10)
        }
    }
}
