import Testing

@testable import QuotaModel

@Suite struct QuotaCodeTableTests {
    @Test("every code stands once and has AWS's form")
    func unique() {
        let codes = QuotaCodeTable.rows.map(\.code)
        #expect(Set(codes).count == codes.count)
        for code in codes {
            #expect(code.hasPrefix("L-") && code.utf8.count == 10)
            #expect(code.dropFirst(2).allSatisfy { $0.isHexDigit && !$0.isLowercase })
        }
    }

    @Test("no two codes claim the same limit of the same model")
    func limits() {
        let limits = QuotaCodeTable.rows.map { "\($0.limit) \($0.model)" }
        #expect(Set(limits).count == limits.count)
    }

    @Test("the names of us-east-1 are the expected ones for every code that it lists")
    func names() throws {
        let listed = Dictionary(
            try (Fixture.rows("quotas-us-east-1") + Fixture.rows("quota-to-model-examples")).map {
                ($0[0], $0[1])
            },
            uniquingKeysWith: { first, _ in first })
        var checked = 0
        for row in QuotaCodeTable.rows {
            guard let text = listed[row.code], text != "?" else { continue }
            let name = try QuotaName(text)
            #expect(QuotaCodeTable.model(ofCode: row.code, name: name) == row.model, "\(row.code) \(text)")
            checked += 1
        }
        #expect(checked > 150)
    }

    @Test("a row whose name has changed is not used")
    func guarded() throws {
        let name = "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6"
        let model = "anthropic.claude-sonnet-4-6"
        #expect(QuotaCodeTable.model(ofCode: "L-15B8E632", name: try QuotaName(name + " .")) == model)
        for other in [
            name + " 1M Context Length", name + " V2", name.replacing("Sonnet 4.6", with: "Sonnet 4.7"),
            name.replacing("tokens", with: "requests"), "Global c" + name.dropFirst(),
        ] {
            #expect(QuotaCodeTable.model(ofCode: "L-15B8E632", name: try QuotaName(other)) == nil, "\(other)")
        }
        #expect(QuotaCodeTable.model(ofCode: "L-00000000", name: try QuotaName(name)) == nil)
    }
}
