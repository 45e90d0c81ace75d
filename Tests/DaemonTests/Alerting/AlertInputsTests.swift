import Alerting
import QuotaModel
import Testing

@testable import Polling
@testable import UsageStore

@Suite("What alerts look at")
struct AlertInputsTests {
    private let start = Minute(index: 29_500_000)
    private let pool = QuotaPool(account: "prod", region: "r", scope: .global, model: "m")

    private func row(_ offset: Int, tokens: Double? = nil, throttles: Double? = nil, requests: Double? = nil)
        -> RecordedMinute
    {
        var usage = UsageMinute()
        usage.inputTokens = tokens
        usage.throttles = throttles
        usage.invocations = requests
        return RecordedMinute(minute: start.advanced(by: offset), usage: usage)
    }

    private func window(_ range: Range<Int>, _ rows: [String: [RecordedMinute]]) -> RegionUsage.Window {
        RegionUsage.Window(
            range: start.advanced(by: range.lowerBound)..<start.advanced(by: range.upperBound), rows: rows,
            coverage: [:])
    }

    @Test("Errors of a window replace those that were known of it, and no others")
    func errors() {
        var traffic = AlertTraffic()
        let pools = ["a": pool, "b": pool]
        traffic.update(
            window(
                0..<20, ["a": [row(3, throttles: 2), row(12, throttles: 1)], "b": [row(3, throttles: 4)]]),
            pools: pools
        ) { _ in 1 }
        #expect(traffic.errors[pool]?[start.advanced(by: 3)].throttles == 6)
        traffic.update(
            window(10..<20, ["a": [row(12, throttles: 0), row(15, throttles: 9)]]), pools: pools
        ) { _ in 1 }
        let errors = traffic.errors[pool]
        #expect([3, 12, 15].map { errors?[start.advanced(by: $0)].throttles } == [6, 0, 9])
        // What was revised away altogether.
        traffic.update(window(0..<20, ["a": [row(15, tokens: 1)]]), pools: pools) { _ in 1 }
        #expect(traffic.errors[pool]?.isEmpty == true)
    }

    @Test("Shares are of the newest quarter of an hour, in whatever order windows come")
    func shares() {
        var traffic = AlertTraffic()
        let pools = ["a": pool, "b": pool, "c": pool]
        #expect(traffic.shares(of: ["a"]).isEmpty)
        let newest = window(
            60..<80, ["a": [row(64, tokens: 900), row(70, tokens: 30)], "b": [row(79, tokens: 10)]])
        let older = window(0..<60, ["a": [row(50, tokens: 1000)], "c": [row(59, tokens: 1000)]])
        for window in [older, newest, older] { traffic.update(window, pools: pools) { _ in 1 } }
        #expect(
            traffic.shares(of: ["a", "b", "c"])
                == [ModelShare(modelID: "a", share: 0.75), ModelShare(modelID: "b", share: 0.25)])
    }

    @Test("The newest minute with a request of a model ID without pool stays known")
    func unmapped() {
        var traffic = AlertTraffic()
        traffic.update(
            window(0..<20, ["x": [row(3, requests: 2), row(9, requests: 1), row(12, tokens: 5)]]), pools: [:]
        ) { _ in 1 }
        traffic.update(window(0..<8, ["x": [row(3, requests: 2)], "y": [row(3)]]), pools: [:]) { _ in 1 }
        #expect(traffic.lastUnmappedMinute == ["x": start.advanced(by: 9)])
    }

    @Test("A limit has moved when its value did, not its source, and not when it comes or goes")
    func limitChanges() {
        func change(_ kind: QuotaKind, _ seenFrom: Int, _ limit: Double?, _ source: LimitSource = .applied)
            -> QuotaChange
        {
            QuotaChange(
                scope: .global, model: "m", kind: kind, seenFrom: seenFrom,
                quota: limit.map { Quota(kind: kind, limit: $0, source: source, code: nil) })
        }
        let changes = LimitChanges([
            change(.tokensPerMinute, 10, 5), change(.tokensPerMinute, 20, 6),
            change(.tokensPerMinute, 30, nil),
            change(.tokensPerMinute, 40, 6), change(.requestsPerMinute, 10, 7),
            change(.requestsPerMinute, 20, 7, .override), change(.tokensPerDay, 10, nil),
            change(.tokensPerDay, 20, 1), change(.tokensPerDay, 30, 0),
        ])
        #expect(changes[pool, .tokensPerMinute] == LimitChange(previousLimit: 5, seenAt: 20))
        #expect(changes[pool, .requestsPerMinute] == nil)
        #expect(changes[pool, .tokensPerDay] == LimitChange(previousLimit: 1, seenAt: 30))
    }

    @Test("Days are divided by the limit of now; a limit of 0 has no peaks")
    func dailyUse() {
        var use = DailyUse()
        for day in 0..<3 {
            var row = UsageRow(
                step: start.startOfDay.advanced(
                    by: day * 1440)..<start.startOfDay.advanced(by: day * 1440 + 1440),
                group: ["global", "m"], coverage: 0.96, minuteCoverage: day == 2 ? 0.9 : 0.96)
            row.quotaTokens = 1000 * Double(day)
            row.peakQuotaTokens = day == 1 ? nil : Peak(value: 100, minute: row.step.lowerBound)
            use.add(row)
        }
        func peaks(_ kind: QuotaKind, _ limit: Double) -> [Double] {
            use.peaks(of: pool, Quota(kind: kind, limit: limit, source: .applied, code: nil)).map(\.ratio)
        }
        // The last day is whole by longer periods only: they tell its tokens, but no minute.
        #expect(peaks(.tokensPerMinute, 200) == [0.5])
        #expect(peaks(.tokensPerDay, 4000) == [0, 0.25, 0.5])
        #expect(peaks(.requestsPerMinute, 10).isEmpty && peaks(.tokensPerDay, 0).isEmpty)
        let other = QuotaPool(account: "prod", region: "r", scope: .crossRegion, model: "m")
        #expect(
            use.peaks(of: other, Quota(kind: .tokensPerDay, limit: 1, source: .applied, code: nil)).isEmpty)
    }
}
