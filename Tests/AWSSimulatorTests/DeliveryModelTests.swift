import Testing

@testable import AWSSimulator

@Suite struct DeliveryModelTests {
    @Test(
        "A minute arrives in steps",
        arguments: [
            (0.0, 0...0), (59, 0...0), (60, 550...650), (119, 550...650), (120, 920...1000),
            (240, 1000...1000),
        ])
    func steps(age: Double, share: ClosedRange<Int>) {
        for minute in midnightMinute..<midnightMinute + 50 {
            let now = Double(minute) * 60 + age
            #expect(
                share.contains(DeliveryModel.lagging.deliveredPermille(minute: minute, now: now, seed: 9)))
        }
    }

    @Test("What was delivered never shrinks, and some minutes are revised late") func monotonic() {
        var revised = 0
        for minute in midnightMinute..<midnightMinute + 300 {
            let shares = stride(from: 0.0, through: 300, by: 15).map {
                DeliveryModel.lagging.deliveredPermille(
                    minute: minute, now: Double(minute) * 60 + $0, seed: 3)
            }
            #expect(shares == shares.sorted())
            if shares[10] < 1000 { revised += 1 }
            #expect(shares[16] == 1000)
        }
        #expect((20...100).contains(revised))
    }

    @Test("Immediate delivery knows no future") func immediate() {
        let start = Double(midnightMinute) * 60
        #expect(
            DeliveryModel.immediate.deliveredPermille(minute: midnightMinute, now: start - 1, seed: 0) == 0)
        #expect(
            DeliveryModel.immediate.deliveredPermille(minute: midnightMinute, now: start, seed: 0) == 1000)
    }

    @Test("A part of a minute grows into the whole and keeps the estimate's formula") func parts() {
        var minute = MinuteTraffic()
        minute.invocations = 3
        minute.inputTokens = 1001
        minute.outputTokens = 77
        minute.cacheWriteTokens = 13
        minute.throttles = 1
        minute.burndownRate = 5
        minute.hasEstimate = true
        var last = MinuteTraffic.idle
        for permille in 0...1000 {
            let part = minute.delivered(permille: permille)
            #expect(part.invocations >= last.invocations && part.inputTokens >= last.inputTokens)
            #expect(part.outputTokens >= last.outputTokens && part.throttles >= last.throttles)
            if permille > 0 {
                #expect(
                    part.estimatedQuotaTokens
                        == Int(part.inputTokens) + Int(part.cacheWriteTokens) + 5 * Int(part.outputTokens))
            }
            last = part
        }
        #expect(last == minute)
        #expect(minute.delivered(permille: 0) == .idle)
        #expect(minute.delivered(permille: 1).invocations == 1)
    }

    @Test("The newest minutes of the demonstration are incomplete, and fill up") func demonstration() throws {
        let world = SimulatedWorld(.demonstration())
        let noon = Int(midnight) + 4 * 3600
        func inputTokens(now: Int) -> [Double] {
            let query = MetricDataBody.query("a", "InputTokenCount", model: SimulatedScenario.sonnet46)
            let body = MetricDataBody.body(
                [query], start: noon - 600, end: noon, extra: #","ScanBy":"TimestampAscending""#)
            let request = Signed.json(.getMetricData, body, now: Double(now))
            return metricData(world.text(request, now: Double(now))).MetricDataResults[0].Values
        }
        let early = inputTokens(now: noon - 1)
        let later = inputTokens(now: noon + 59)
        let settled = inputTokens(now: noon + 240)
        #expect(early.count == 9)
        #expect(later.count == 10 && settled.count == 10)
        #expect(zip(early, settled).allSatisfy { $0.0 <= $0.1 })
        #expect(early[8] < settled[8] && later[9] < settled[9] && later[9] > 0)
        #expect(inputTokens(now: noon + 1000) == settled)
    }
}
