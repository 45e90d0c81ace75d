import FoundationEssentials
import QuotaModel
import Testing

/// The whole list of us-east-1 against the mapping that was reviewed line by line.
@Suite struct QuotaCatalogGoldenTests {
    /// `on_demand tokens_per_minute amazon.nova-pro-v1:0`, or the reason in parentheses.
    private func outcome(of listed: ListedQuota, in catalog: QuotaCatalog) -> String {
        if let unmatched = catalog.unmatched.first(where: { $0.quota == listed }) {
            return "none: \(unmatched.explanation)"
        }
        let uses = catalog.pools.flatMap { pool in
            catalog.quotas(scope: pool.scope, model: pool.model).filter { $0.code == listed.code }.map {
                "\(pool.scope.rawValue) \($0.kind.rawValue) \(pool.model) \(Int($0.limit)) \($0.source.rawValue)"
            }
        }
        return uses.joined(separator: " + ")
    }

    @Test("every quota of us-east-1 belongs to the pool that was reviewed")
    func golden() throws {
        let inventory = try Fixture.inventory()
        let catalog = QuotaCatalog(inventory: inventory, account: "prod", region: "us-east-1")
        let actual = inventory.quotas.sorted { $0.name < $1.name }.map {
            "\($0.code)\t\($0.name)\t\(outcome(of: $0, in: catalog))"
        }
        let heading =
            "# Reviewed by eye. Rewritten only with UPDATE_GOLDEN=1.\nquota_code\tquota_name\toutcome\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            let text = heading + actual.joined(separator: "\n") + "\n"
            try Data(text.utf8).write(to: URL(filePath: "\(Fixture.directory)/catalog-us-east-1.tsv"))
        }
        let expected = try Fixture.rows("catalog-us-east-1").map { $0.joined(separator: "\t") }
        #expect(actual.count == 351)
        for (one, other) in zip(actual, expected) { #expect(one == other) }
        #expect(actual.count == expected.count)
    }

    @Test("the crosschecked examples agree, wherever the Region lists the quota")
    func examples() throws {
        let inventory = try Fixture.inventory()
        let catalog = QuotaCatalog(inventory: inventory)
        let scopes: [String: InferenceScope] = [
            "on-demand": .onDemand, "cross-region": .crossRegion, "global": .global,
        ]
        let kinds: [String: QuotaKind] = ["tpm": .tokensPerMinute, "rpm": .requestsPerMinute]
        for row in try Fixture.rows("quota-to-model-examples") {
            guard let scope = scopes[row[2]], let kind = kinds[row[3]] else { continue }
            let one = QuotaCatalog(inventory: Inventory(quotas: [Fixture.quota(row[0], row[1])]))
            #expect(
                one.pools == [ScopedModel(scope: scope, model: row[4])],
                "\(row[0]) without any list of models")
            guard inventory.quotas.contains(where: { $0.code == row[0] }) else { continue }
            let found = catalog.quotas(scope: scope, model: row[4]).first { $0.kind == kind }
            #expect(found?.code == row[0])
        }
    }
}
