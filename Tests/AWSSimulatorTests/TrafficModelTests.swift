import Testing

@testable import AWSSimulator

@Suite struct TrafficModelTests {
    private func model(_ modelID: String, _ region: String, seed: UInt64 = 20_261_123) -> TrafficModel {
        let scenario = SimulatedScenario.demonstration()
        let traffic =
            scenario.traffic.first { $0.modelID == modelID && $0.region == region }
            ?? ModelTraffic(
                region: region, modelID: modelID, tokens: .init(input: 1, output: 1),
                peakInvocationsPerMinute: 1,
                tokensPerMinuteQuota: 1)
        return TrafficModel(traffic, seed: seed)
    }

    private func quotaTokens(_ minute: MinuteTraffic) -> Int {
        Int(minute.inputTokens) + Int(minute.cacheWriteTokens) + Int(minute.outputTokens)
            * Int(minute.burndownRate)
    }

    private func hours(_ model: TrafficModel, day: Int, local: Range<Int>) -> Int {
        let offset = model.traffic.utcOffsetMinutes
        let first = day * 1440 + local.lowerBound * 60 - offset
        return (first..<first + local.count * 60).reduce(0) { $0 + Int(model.minute($1).invocations) }
    }

    @Test("A minute is the same whenever it is computed, and fixed for good") func determinism() {
        let model = model(SimulatedScenario.sonnet46, "ap-southeast-5")
        let again = self.model(SimulatedScenario.sonnet46, "ap-southeast-5")
        let minutes = (midnightMinute - 3000..<midnightMinute).map(model.minute)
        #expect(minutes.reversed() == (midnightMinute - 3000..<midnightMinute).reversed().map(again.minute))
        let noon = model.minute(midnightMinute + 240)
        #expect(noon == again.minute(midnightMinute + 240))
        #expect(noon.invocations > 0)
    }

    @Test("Seed, Region and model ID make different traffic") func independence() {
        let base = model(SimulatedScenario.opus46, "ap-southeast-5")
        let minutes = midnightMinute..<midnightMinute + 300
        for other in [
            model(SimulatedScenario.opus46, "ap-southeast-5", seed: 2),
            model(SimulatedScenario.opus46, "ap-southeast-3"),
            model(SimulatedScenario.sonnet46, "ap-southeast-5"),
        ] {
            #expect(minutes.map(base.minute) != minutes.map(other.minute))
        }
    }

    @Test("Days and weeks have their rhythm, nights have idle minutes") func rhythm() {
        let model = model(SimulatedScenario.opus46, "ap-southeast-5")
        let tuesday = midnightMinute / 1440
        let working = hours(model, day: tuesday, local: 9..<12)
        let night = hours(model, day: tuesday, local: 1..<4)
        #expect(working > night * 50)
        #expect(working > hours(model, day: tuesday - 2, local: 9..<12) * 3)
        let start = tuesday * 1440 + 2 * 60 - model.traffic.utcOffsetMinutes
        let idle = (start..<start + 120).filter { model.minute($0) == .idle }
        #expect(idle.count > 60)
        #expect(MinuteTraffic.idle.statistics(.invocations) == nil)
        #expect(MinuteTraffic.idle.statistics(.latency) == nil)
    }

    @Test("Traffic grows over the months") func growth() {
        let model = model(SimulatedScenario.sonnet46, "ap-southeast-5")
        let tuesday = midnightMinute / 1440
        let now = hours(model, day: tuesday, local: 9..<17)
        let spring = hours(model, day: tuesday - 210, local: 9..<17)
        let lastYear = hours(model, day: tuesday - 434, local: 9..<17)
        #expect(now > spring * 5 / 4)
        #expect(spring > lastYear * 5 / 4)
        #expect(lastYear > 0)
    }

    @Test("The minutes of a busy day fit together") func consistency() {
        let scenario = SimulatedScenario.demonstration()
        for traffic in scenario.traffic {
            let model = TrafficModel(traffic, seed: scenario.seed)
            var withEstimate = 0
            var busy = 0
            for number in midnightMinute..<midnightMinute + 1440 {
                let minute = model.minute(number)
                guard minute != .idle else { continue }
                busy += 1
                if minute.hasEstimate { withEstimate += 1 }
                #expect(minute.estimatedQuotaTokens == (minute.hasEstimate ? quotaTokens(minute) : 0))
                #expect(minute.inputTokens >= minute.invocations)
                #expect(Int(minute.inputTokens) <= Int(minute.invocations) * traffic.tokens.input * 2)
                #expect((minute.cacheReadTokens > 0) == (traffic.tokens.cacheRead > 0))
                #expect(minute.latencyMilliseconds > minute.timeToFirstTokenMilliseconds)
                #expect(quotaTokens(minute) < traffic.tokensPerMinuteQuota * 105 / 100)
                #expect(minute.throttles == 0 || traffic.bursts != nil)
            }
            #expect(busy > 100)
            #expect(withEstimate < busy && withEstimate * 2 > busy)
        }
    }

    @Test("At every minute of a week some pool is beyond 80 % of its quota") func alwaysABurst() {
        let scenario = SimulatedScenario.demonstration()
        let bursting = scenario.traffic.filter { $0.bursts != nil }
        #expect(bursting.count == 4)
        let models = bursting.map { TrafficModel($0, seed: scenario.seed) }
        var throttled = 0
        for number in midnightMinute - 7 * 1440..<midnightMinute {
            var highest = 0
            for model in models {
                let minute = model.minute(number)
                highest = max(highest, quotaTokens(minute) * 1000 / model.traffic.tokensPerMinuteQuota)
                if minute.throttles > 0 { throttled += 1 }
            }
            #expect(highest > 820)
        }
        #expect(throttled > 500)
    }

    @Test("A burst lasts six full minutes after its ramp, every twenty minutes") func calendar() {
        let schedule = BurstSchedule(
            everyMinutes: 20, phaseMinutes: 5, lengthMinutes: 7, levelsPermille: [900])
        let demands = (0..<45).map { schedule.demandPermille(minute: $0, seed: 1) }
        let full = Array(repeating: 900, count: 6)
        let pause = Array(repeating: 0, count: 13)
        #expect(demands == Array(repeating: 0, count: 5) + [450] + full + pause + [450] + full + pause)
    }

    @Test("The quota that bursts are measured against is the one that is listed") func quotas() {
        let scenario = SimulatedScenario.demonstration()
        let codes = [
            SimulatedScenario.opus46: "L-3DCCFAA4", SimulatedScenario.sonnet46: "L-7BEE40FB",
            SimulatedScenario.sonnet45: "L-27C57EE8", SimulatedScenario.haiku45: "L-9A11C666",
            "amazon.nova-lite-v1:0": "L-70423BF8", "apac.amazon.nova-lite-v1:0": "L-7C42E72A",
        ]
        var checked = 0
        for traffic in scenario.traffic {
            guard let code = codes[traffic.modelID],
                let quota = scenario.quotas.first(where: { $0.code == code })
            else { continue }
            #expect(
                (quota.applied(in: traffic.region) ?? quota.defaultValue)
                    == Double(traffic.tokensPerMinuteQuota))
            checked += 1
        }
        #expect(checked == 22)
    }
}

@Suite struct NoiseTests {
    @Test("Picks cover their range evenly") func picks() {
        var counts = [Int](repeating: 0, count: 10)
        for value in 0..<10_000 { counts[Noise.pick(Noise.mixed(UInt64(value)), shift: 7, below: 10)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        #expect(Noise.pick(.max, shift: 0, below: 7) == 6)
        #expect(Noise.pick(0, shift: 0, below: 7) == 0)
    }

    @Test("The numbers are the same for ever") func fixed() {
        #expect(Noise.mixed(0) == 0xE220_A839_7B1D_CDAF)
        #expect(Noise.seed("") == 0xCBF2_9CE4_8422_2325)
        #expect(Noise.seed("a") == 0xAF63_DC4C_8601_EC8C)
    }

    @Test("Wandering stays in its bounds and makes no jumps") func wandering() {
        var last = Noise.wandering(seed: 5, minute: 0, low: 780, high: 1220)
        for minute in 1..<5000 {
            let value = Noise.wandering(seed: 5, minute: minute, low: 780, high: 1220)
            #expect((780...1220).contains(value))
            #expect(abs(value - last) <= 440 / 16 + 1)
            last = value
        }
    }
}

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
