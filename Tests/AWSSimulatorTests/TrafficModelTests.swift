import Testing

@testable import AWSSimulator

@Suite struct TrafficModelTests {
    private func model(_ modelID: String, _ region: String, seed: UInt64 = 20_261_123, salt: UInt64 = 0)
        -> TrafficModel
    {
        let scenario = SimulatedScenario.demonstration()
        let traffic =
            scenario.traffic.first { $0.modelID == modelID && $0.region == region }
            ?? ModelTraffic(
                region: region, modelID: modelID, tokens: .init(input: 1, output: 1),
                peakInvocationsPerMinute: 1,
                tokensPerMinuteQuota: 1)
        return TrafficModel(traffic, seed: seed, salt: salt, growthAnchorDay: scenario.growthAnchorDay)
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

    @Test("Seed, Region, model ID and account make different traffic") func independence() {
        let base = model(SimulatedScenario.opus46, "ap-southeast-5")
        let minutes = midnightMinute..<midnightMinute + 300
        for other in [
            model(SimulatedScenario.opus46, "ap-southeast-5", seed: 2),
            model(SimulatedScenario.opus46, "ap-southeast-3"),
            model(SimulatedScenario.sonnet46, "ap-southeast-5"),
            model(SimulatedScenario.opus46, "ap-southeast-5", salt: 7),
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
            let model = TrafficModel(
                traffic, seed: scenario.seed, salt: 0, growthAnchorDay: scenario.growthAnchorDay)
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
        let models = bursting.map {
            TrafficModel($0, seed: scenario.seed, salt: 0, growthAnchorDay: scenario.growthAnchorDay)
        }
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
