import QuotaModel
import Testing

@testable import Alerting

@Suite("Client errors, forecast and the rules about data")
struct OtherRulesTests {
    @Test("Client errors fire far above the pool's own level, not within its noise and not below the floor")
    func clientErrors() {
        for (usual, spike, fires) in [(0, 9, false), (0, 10, true), (100, 150, false), (100, 260, true)] {
            var script = Script()
            var random = SeededGenerator(seed: 7)
            for offset in -1440..<0 {
                script.set(offset, tokens: 1)
                let noise = usual == 0 ? 0 : Int.random(in: -20...20, using: &random)
                // Now and then a wild minute, as in any real baseline.
                let wild = offset % 97 == 0 ? 500 : 0
                script.errors[Script.minute(offset)].clientErrors = Double(usual + noise + wild)
            }
            for offset in 0..<5 {
                script.set(offset, tokens: 1)
                script.errors[Script.minute(offset)].clientErrors = Double(offset < 3 ? usual : spike)
            }
            script.settled = Script.minute(4)
            #expect(script.evaluate(at: 5) == (fires ? ["fired Throttling"] : []), "\(usual) \(spike)")
        }
    }

    @Test("A steady growth of daily peaks is forecast, noise around a level and a single outlier are not")
    func forecast() {
        func verdict(_ ratios: [Double], days: Int = 14) -> [String] {
            var script = Script()
            script.rules.standard.forecastDays = days
            let peaks = ratios.enumerated().map { DailyPeak(day: 20_000 + $0.offset, ratio: $0.element) }
            script.quotas = [ObservedQuota(quota: Script.tokens(1_000_000), dailyPeaks: peaks)]
            return script.evaluate(at: 5)
        }
        let growing = (0..<25).map { 0.325 + 0.015 * Double($0) }
        // 0.685 on the last day: 0.115 / 0.015 = 7.7 days.
        #expect(verdict(growing) == ["fired QuotaExhaustionForecast"])
        #expect(verdict(growing, days: 7) == [])
        #expect(verdict(Array(growing.suffix(20))) == [])
        var random = SeededGenerator(seed: 3)
        #expect(verdict((0..<40).map { _ in 0.7 + Double.random(in: -0.08...0.08, using: &random) }) == [])
        #expect(verdict(Array(repeating: 0.5, count: 40) + [0.79]) == [])
        #expect(verdict(Array(growing.reversed())) == [])
    }

    @Test("A forecast that was not looked up again holds, and resolves when the trend is gone")
    func forecastHolds() {
        var script = Script()
        let peaks = (0..<25).map { DailyPeak(day: $0, ratio: 0.4 + 0.015 * Double($0)) }
        script.quotas = [ObservedQuota(quota: Script.tokens(1_000_000), dailyPeaks: peaks)]
        #expect(script.evaluate(at: 0) == ["fired QuotaExhaustionForecast"])
        script.quotas = [ObservedQuota(quota: Script.tokens(1_000_000))]
        #expect(script.evaluate(at: 60) == [])
        script.quotas = [ObservedQuota(quota: Script.tokens(9_000_000), dailyPeaks: [])]
        #expect(script.evaluate(at: 61) == ["resolved QuotaExhaustionForecast"])
    }

    @Test("A changed limit is announced for an hour, and a restart without state does not repeat old ones")
    func changed() {
        var script = Script()
        let seen = Double(start.epochSeconds)
        script.quotas = [
            ObservedQuota(
                quota: Script.tokens(0), change: LimitChange(previousLimit: 500, seenAt: seen))
        ]
        let fired = script.transitions(now: seen + 10)
        #expect(fired.map(\.identity.kind) == [.quotaChanged])
        #expect(fired[0].annotations["previous_limit"] == "500" && fired[0].annotations["limit"] == "0")
        #expect(script.evaluate(at: 59) == [])
        #expect(script.evaluate(at: 60) == ["resolved QuotaChanged"])
        #expect(script.evaluate(at: 61) == [])
        script.machine = AlertStateMachine()
        #expect(script.evaluate(at: 62) == [])
    }

    @Test("Stale data are reported while the Region is up, after a second look")
    func stale() {
        var script = Script()
        script.rules.standard.disabled = []
        script.settle(from: 0, [1])
        #expect(script.evaluate(at: 16) == [])
        #expect(script.evaluate(at: 17) == ["pending DataStale"])
        #expect(script.evaluate(at: 18) == ["fired DataStale"])
        script.upSince = nil
        script.pollFailure = "AccessDenied"
        #expect(script.evaluate(at: 19) == ["pending PollFailing"])
        script.upSince = Double(Script.minute(20).epochSeconds)
        script.pollFailure = nil
        script.settle(from: 17, [1])
        #expect(script.evaluate(at: 20) == ["dropped PollFailing"])
        #expect(script.evaluate(at: 22) == [])
        #expect(script.evaluate(at: 23) == ["resolved DataStale"])
    }

    @Test("Data of polls that come later on purpose are not stale before those are overdue")
    func slow() {
        var script = Script()
        script.rules.standard.disabled = []
        script.freshSeconds = 3600
        script.settle(from: 0, [1])
        #expect(script.evaluate(at: 60) == [])
        #expect(script.evaluate(at: 62) == ["pending DataStale"])
        script.freshSeconds = 7200
        #expect(script.evaluate(at: 63) == ["dropped DataStale"])
    }

    @Test("The clock jumps ahead by a day: nothing fires before the data were looked at again")
    func staleAfterJump() {
        var script = Script()
        script.rules.standard.disabled = []
        script.settle(from: 0, [1])
        #expect(script.evaluate(at: 1) == [])
        #expect(script.evaluate(at: 1441) == ["pending DataStale"])
        script.settle(from: 1438, [1])
        #expect(script.evaluate(at: 1442) == ["dropped DataStale"])
    }

    @Test("Failing polls are reported after ten minutes and resolve after five of success")
    func pollFailing() {
        var script = Script()
        script.upSince = nil
        script.pollFailure = "no route to host"
        #expect(script.evaluate(at: 0) == ["pending PollFailing"])
        for offset in 1..<10 { #expect(script.evaluate(at: offset) == []) }
        #expect(script.evaluate(at: 10) == ["fired PollFailing"])
        script.pollFailure = nil
        script.upSince = Double(Script.minute(11).epochSeconds)
        script.settled = Script.minute(8)
        #expect(script.evaluate(at: 14) == [])
        #expect(script.evaluate(at: 15) == ["resolved PollFailing"])
    }

    @Test("A lost store, which no poll can mend, is reported at once, with what to do")
    func lostStore() throws {
        var script = Script()
        script.upSince = nil
        script.pollFailure = "the file was deleted or moved away"
        script.isStoreLost = true
        let fired = try #require(script.transitions(now: Double(Script.minute(0).epochSeconds)).first)
        #expect(fired.kind == .fired && fired.identity.kind == .pollFailing)
        #expect(fired.annotations["next_step"]?.contains("restart this daemon") == true)
    }

    @Test("Traffic on a model ID without quota is reported by name until it has a quota or is idle for a day")
    func unmapped() {
        var script = Script()
        script.unmapped = [
            UnmappedTraffic(
                modelID: "new.model", name: "agent", reason: "no quota", lastMinute: Script.minute(0))
        ]
        let fired = script.transitions(now: Double(Script.minute(2).epochSeconds))
        #expect(fired.map(\.identity.labels["model_id"]) == ["new.model"])
        #expect(fired.first?.annotations["summary"]?.hasPrefix("agent [new.model] in ") == true)
        #expect(script.evaluate(at: 1440) == [])
        #expect(script.evaluate(at: 1441) == ["resolved UnmappedModel"])
        script.unmapped[0].lastMinute = Script.minute(1450)
        #expect(script.evaluate(at: 1451) == ["fired UnmappedModel"])
        script.unmapped = []
        #expect(script.evaluate(at: 1452) == [])
        #expect(script.evaluate(at: 1467) == ["resolved UnmappedModel"])
    }

    @Test("A measured burndown rate other than the one in use is reported")
    func mismatch() {
        var observation = Script().observation(now: 0)
        observation.pools[0].rate = BurndownRate(value: 5, source: .table)
        for (measured, isRaised) in [(nil, false), (5.0, false), (15, true)] {
            observation.pools[0].measuredRate = measured.map { BurndownRate(value: $0, source: .measured) }
            let findings = AlertEvaluator(rules: AlertRules()).findings(of: observation, tracked: [])
            #expect(findings.map(\.identity.kind) == (isRaised ? [.burndownMismatch] : []))
        }
    }

    @Test("Every rule can be switched off", arguments: AlertKind.allCases)
    func switchedOff(kind: AlertKind) {
        var script = Script()
        let peaks = (0..<25).map { DailyPeak(day: $0, ratio: 0.4 + 0.015 * Double($0)) }
        let change = LimitChange(previousLimit: 1, seenAt: Double(start.epochSeconds))
        script.quotas = [
            ObservedQuota(quota: Script.tokens(1_000_000), change: change, dailyPeaks: peaks)
        ]
        script.settle(from: 0, [900_000, 900_000])
        for offset in 0...1 { script.errors[Script.minute(offset)].throttles = 10 }
        script.unmapped = [UnmappedTraffic(modelID: "m", reason: "r", lastMinute: Script.minute(1))]
        var observation = script.observation(now: Double(Script.minute(30).epochSeconds))
        observation.pools[0].measuredRate = BurndownRate(value: 9, source: .measured)
        observation.pools[0].lifecycle = ModelLifecycle(isLegacy: true)
        observation.batch = batchUses(7, of: 7)
        observation.pollFailure = "failed"
        observation.deliveryLagSeconds = 1200
        var rules = AlertRules()
        // Nearness to a quota of minutes and the daily quota of all models exclude each other; `DailyQuotaTests` has the latter.
        let together = Set(AlertKind.allCases).subtracting([.dailyQuotaExhausted])
        #expect(Set(kinds(observation, rules)) == together)
        rules.standard.disabled = [kind]
        #expect(Set(kinds(observation, rules)) == together.subtracting([kind]))
    }

    private func kinds(_ observation: AlertObservation, _ rules: AlertRules) -> [AlertKind] {
        AlertEvaluator(rules: rules).findings(of: observation, tracked: []).map(\.identity.kind)
    }
}
