import QuotaModel
import Testing
import UsageStore

@testable import History
@testable import System

@Suite("Trends")
struct TrendsDocumentTests {
    private let start = Minute(index: 29_500_020)

    private func row(_ step: Int, _ group: [String], throttles: Double?, ratio: Double?) -> UsageRow {
        let from = start.advanced(by: step * 30)
        var figures = UsageRow.QuotaFigures()
        figures.peakRatio = ratio
        var sums: [UsageMetric: Double] = [:]
        sums[.throttles] = throttles
        return UsageRow(
            step: from..<from.advanced(by: 30), group: group, sums: sums, quotas: [.tokensPerMinute: figures])
    }

    @Test("sums add up, peaks stand at their steps, unknown stays null and rows without a pool are left out")
    func document() throws {
        var document = TrendsDocument(range: start..<start.advanced(by: 85), stepMinutes: 30)
        let pool = ["prod", "ap-southeast-1", "global", "m"]
        document.take(row(0, pool, throttles: 2, ratio: 0.123456))
        document.take(row(0, ["prod", "ap-southeast-1", "", ""], throttles: 7, ratio: nil))
        document.take(row(2, pool, throttles: 3, ratio: 1))
        document.take(row(1, ["prod", "ap-southeast-1", "global", "n"], throttles: nil, ratio: nil))
        let text = String(decoding: try JSONDocument.bytes(document), as: UTF8.self)
        #expect(text.contains("\"tokens_per_minute\":[0.1235,null,1]"))
        #expect(text.contains("\"throttles\":5"))
        #expect(document.pools.map(\.model) == ["m", "n"])
        #expect(document.pools[1].throttles.value == nil)
        #expect(document.pools[1].peakRatio.isEmpty)
        #expect(text.contains("\"step_seconds\":1800"))
    }

    @Test("the share of input from the cache is of the steps that know it")
    func cacheReads() throws {
        var document = TrendsDocument(range: start..<start.advanced(by: 85), stepMinutes: 30)
        for (step, read) in [600.0, nil, 0].enumerated() {
            var one = row(step, ["prod", "ap-southeast-1", "global", "m"], throttles: 0, ratio: nil)
            one.sums[.inputTokens] = 300
            one.sums[.cacheWriteInputTokens] = 0
            one.cacheSavedQuotaTokens = read
            document.take(one)
        }
        document.take(row(0, ["prod", "ap-southeast-1", "global", "n"], throttles: 0, ratio: nil))
        #expect(document.pools.map(\.cacheReadShare.value) == [0.5, nil])
    }

    private func user(_ modelID: String, _ tokens: Double?, model: String = "m") -> UsageRow {
        UsageRow(
            step: start..<start.advanced(by: 30),
            group: ["prod", "ap-southeast-1", "global", model, modelID],
            quotaTokens: tokens)
    }

    @Test("whoever uses most of a shared pool is named with its share, and nobody where it is not shared")
    func users() throws {
        var document = TrendsDocument(range: start..<start.advanced(by: 30), stepMinutes: 30)
        for model in ["m", "n", "idle"] {
            document.take(row(0, ["prod", "ap-southeast-1", "global", model], throttles: 0, ratio: 0.1))
        }
        document.takeUser(user("global.m", 25))
        document.takeUser(user("abc123", 75))
        document.takeUser(user("us.m", nil))
        document.takeUser(user("global.n", 10, model: "n"))
        document.takeUser(user("global.idle", 0, model: "idle"))
        document.takeUser(user("us.idle", 0, model: "idle"))
        document.takeUser(user("global.x", 5, model: "of no pool here"))
        document.endUsers()
        #expect(document.pools.map(\.topModelId.value) == ["abc123", nil, nil])
        #expect(document.pools[0].topModelShare.value == 0.75)
        let text = String(decoding: try JSONDocument.bytes(document), as: UTF8.self)
        #expect(text.contains("\"top_model_id\":\"abc123\"") && text.contains("\"top_model_share\":null"))
    }
}
