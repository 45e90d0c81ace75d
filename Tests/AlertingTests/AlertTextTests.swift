import QuotaModel
import Testing

@testable import Alerting

@Suite("Texts of alerts")
struct AlertTextTests {
    private static let subject = "anthropic.claude-sonnet-4-6 (global) in ap-southeast-1 of account prod"

    private func summary(_ script: Script, _ kind: AlertKind = .quotaWarning) -> String? {
        script.machine.alerts.first { $0.identity.kind == kind }?.annotations["summary"]
    }

    /// The figure that pages show of the pool's tokens per minute.
    private func shown(_ script: Script) -> Double? {
        QuotaUse(of: script.quotas[0].quota, history: script.history, settled: script.settled).ratio
    }

    @Test(
        "What is now, as pages show it, and what was when it fired are both named; the end says what it is then"
    )
    func utilization() throws {
        var script = Script()
        _ = script.play(from: 0, [940_000, 940_000])
        #expect(summary(script) == "\(Self.subject) uses 94 % of its tokens per minute.")
        // Still two of five minutes, and less already.
        #expect(script.play(from: 2, [620_000]) == [])
        let fired = "When this fired: 94 % at 2026-11-03T10:01:00Z."
        #expect(summary(script) == "\(Self.subject) uses 62 % of its tokens per minute. \(fired)")
        #expect(shown(script) == 0.62)
        let alert = try #require(script.machine.firing.last)
        #expect(alert.annotations["now"] == "62 % at 2026-11-03T10:02:00Z")
        #expect(alert.annotations["when_fired"] == "94 % at 2026-11-03T10:01:00Z")
        #expect(alert.annotations["used"] == "620,000" && alert.annotations["ratio"] == "0.62")
        // Calm, but not for long enough.
        #expect(script.play(from: 3, [410_000, 400_000, 390_000]) == [])
        #expect(summary(script) == "\(Self.subject) uses 39 % of its tokens per minute. \(fired)")
        script.settle(from: 6, [380_000])
        let resolved = script.transitions(now: Double(Script.minute(7).epochSeconds))
        #expect(resolved.map(\.kind) == [.resolved, .resolved])
        #expect(
            resolved[0].annotations["summary"]
                == "\(Self.subject) uses 38 % of its tokens per minute. \(fired)")
        let notice = try #require(AlertNotice(resolved[0]))
        #expect(notice.annotations["next_step"] == nil && notice.annotations["ratio"] == "0.38")
    }

    @Test("Where runbooks are served, each alert names its own, also when it ends; elsewhere none does")
    func runbooks() throws {
        var script = Script()
        script.rules.runbookBaseURL = "https://git.example/runbooks"
        _ = script.play(from: 0, [940_000, 940_000])
        func links(_ annotations: [[String: String]]) -> [String?] { annotations.map { $0["runbook_url"] } }
        let urls = ["BedrockQuotaWarning", "BedrockQuotaCritical"].map {
            "https://git.example/runbooks/\($0).md"
        }
        #expect(Set(links(script.machine.firing.map(\.annotations))) == Set(urls))
        script.settle(from: 2, [1, 1, 1, 1, 1, 1])
        let resolved = script.transitions(now: Double(Script.minute(8).epochSeconds))
        #expect(resolved.count == 2 && Set(links(resolved.map(\.annotations))) == Set(urls))
        var without = Script()
        _ = without.play(from: 0, [940_000, 940_000])
        #expect(links(without.machine.firing.map(\.annotations)) == [nil, nil])
    }

    @Test("A minute that is not settled is named when it is higher than the settled one")
    func unsettled() {
        var script = Script()
        script.settle(from: 0, [300_000])
        script.set(1, tokens: 940_000, covered: false)
        script.set(2, tokens: 880_000, covered: false)
        #expect(script.evaluate(at: 3) == ["fired QuotaWarning", "fired QuotaCritical"])
        #expect(summary(script) == "\(Self.subject) uses 94 % of its tokens per minute.")
        #expect(
            script.machine.firing[0].annotations["description"]?.hasPrefix(
                "940,000 of 1,000,000 tokens per minute at 2026-11-03T10:01:00Z") == true)
    }

    @Test("What is not known is not called zero: the last that was known stays, with its time")
    func unknown() {
        var script = Script()
        _ = script.play(from: 0, [750_000, 760_000])
        let before = summary(script)
        for offset in 2..<20 {
            script.settled = Script.minute(offset)
            _ = script.evaluate(at: offset + 1)
        }
        #expect(script.machine.firing.count == 1 && summary(script) == before)
        #expect(script.machine.firing[0].annotations["now"] == "76 % at 2026-11-03T10:01:00Z")
    }

    @Test("A restart keeps what was true when it fired")
    func restart() {
        var script = Script()
        _ = script.play(from: 0, [940_000, 940_000])
        script.machine = AlertStateMachine(
            alerts: script.machine.alerts, lastTransition: script.machine.lastTransition, refusedAlerts: 0)
        _ = script.play(from: 2, [500_000])
        #expect(
            summary(script)?.hasSuffix(
                "uses 50 % of its tokens per minute. When this fired: 94 % at 2026-11-03T10:01:00Z.") == true)
    }

    @Test("Throttling is told with its share, now and when it fired")
    func throttling() {
        var script = Script()
        for (offset, throttles) in [500.0, 500, 20, 0].enumerated() {
            script.set(offset, tokens: 1, requests: 1000 - throttles)
            script.errors[Script.minute(offset)].throttles = throttles
            script.settled = Script.minute(offset)
            _ = script.evaluate(at: offset + 1)
        }
        #expect(
            summary(script, .throttlingCritical)
                == "AWS throttles 0 % of the requests of \(Self.subject). When this fired: 50 % at "
                + "2026-11-03T10:01:00Z.")
        #expect(
            script.machine.firing[0].annotations["description"]
                == "0 of 1,000 requests were refused for lack of quota at 2026-11-03T10:03:00Z.")
    }

    @Test("An alert that ends otherwise than by its condition says how, and makes no figure of now up")
    func endings() {
        let ends: [(AlertTransition.Reason, String, (inout Script) -> Void)] = [
            (
                .ruleRemoved, ": BedrockQuotaWarning was switched off.",
                { $0.rules.standard.disabled.insert(.quotaWarning) }
            ),
            (
                .quotaGone, ": the limit of its tokens per minute is 0 now, which permits no use.",
                { $0.quotas = [ObservedQuota(quota: Script.tokens(0))] }
            ),
            (.subjectGone, " has not been seen for a quarter of an hour.", { $0.isKnown = false }),
        ]
        for (reason, text, change) in ends {
            var script = Script()
            _ = script.play(from: 0, [750_000, 750_000])
            change(&script)
            var transitions: [AlertTransition] = []
            for offset in 2..<20 {
                transitions += script.transitions(now: Double(Script.minute(offset).epochSeconds))
            }
            #expect(transitions.map(\.reason) == [reason])
            #expect(
                transitions.first?.annotations["summary"]
                    == "\(Self.subject)\(text) When this fired: 75 % at 2026-11-03T10:01:00Z.")
            #expect(transitions.first?.annotations["now"] == nil)
        }
        var script = Script()
        _ = script.play(from: 0, [750_000, 750_000])
        let removed = script.machine.reload(rules: script.rules, isWatched: { _, _ in false }, now: 0)
        #expect(
            removed[0].annotations["summary"]?.hasPrefix("\(Self.subject): the Region is no longer polled.")
                == true)
    }

    /// Every rule's condition at once, or none of them.
    private func observation(isCalm: Bool) -> AlertObservation {
        var script = Script()
        let peaks = (0..<25).map { DailyPeak(day: $0, ratio: isCalm ? 0.4 : 0.4 + 0.015 * Double($0)) }
        let change = LimitChange(
            previousLimit: 500_000, seenAt: Double(start.epochSeconds) - (isCalm ? 7200 : 0))
        script.quotas = [
            ObservedQuota(quota: Script.tokens(1_000_000), change: change, dailyPeaks: peaks)
        ]
        script.settle(from: 0, isCalm ? [1, 1] : [900_000, 900_000])
        for offset in 0...1 {
            script.errors[Script.minute(offset)].throttles = isCalm ? 1 : 20
            script.errors[Script.minute(offset)].clientErrors = isCalm ? 1 : 90
        }
        script.unmapped = [
            UnmappedTraffic(modelID: "m", reason: "r", lastMinute: Script.minute(isCalm ? -100 : 1))
        ]
        var observation = script.observation(now: Double(Script.minute(isCalm ? 3 : 30).epochSeconds))
        observation.pools[0].rate = BurndownRate(value: 5, source: .table)
        observation.pools[0].measuredRate = BurndownRate(value: isCalm ? 5 : 9, source: .measured)
        observation.pools[0].lifecycle = ModelLifecycle(isLegacy: !isCalm)
        observation.batch = batchUses(isCalm ? 3 : 7, of: 7)
        observation.pollFailure = isCalm ? nil : "AccessDenied"
        observation.deliveryLagSeconds = isCalm ? 60 : 1200
        return observation
    }

    @Test("Every summary names the account and the Region, while the condition holds and when it is over")
    func places() {
        let evaluator = AlertEvaluator(rules: AlertRules())
        let firing = evaluator.findings(of: observation(isCalm: false), tracked: [])
        #expect(
            Set(firing.map(\.identity.kind)) == Set(AlertKind.allCases).subtracting([.dailyQuotaExhausted]))
        let calm = evaluator.findings(
            of: observation(isCalm: true), tracked: Set(firing.map(\.identity)))
        #expect(calm.count == firing.count && !calm.contains { $0.verdict.isActive })
        for finding in firing + calm {
            let summary = finding.annotations["summary"] ?? ""
            #expect(
                summary.contains("ap-southeast-1 of account prod"), "\(finding.identity.kind): \(summary)")
            #expect(summary.hasSuffix("."))
            if case .quiet = finding.verdict {
                #expect(finding.annotations["next_step"] == nil)
            } else {
                #expect(finding.annotations["next_step"] != nil)
            }
        }
        for (one, other) in zip(firing, calm) where one.identity.kind != .quotaChanged {
            #expect(one.annotations["summary"] != other.annotations["summary"], "\(one.identity.kind)")
        }
    }

    @Test("A changed limit is told with the one before")
    func changed() {
        let findings = AlertEvaluator(rules: AlertRules()).findings(
            of: observation(isCalm: false), tracked: [])
        #expect(
            findings.first { $0.identity.kind == .quotaChanged }?.annotations["summary"]
                == "The tokens per minute of \(Self.subject) were raised from 500,000 to 1,000,000.")
    }

    @Test(
        "No growth is forecast where none is shown, also above the threshold; the least that shows is",
        arguments: [
            (0.0, 0.5, false), (0.0001, 0.85, false), (0.000_49, 0.799, false), (0.0006, 0.795, true),
        ])
    func zeroGrowth(slope: Double, level: Double, isForecast: Bool) {
        var script = Script()
        let peaks = (0..<30).map { DailyPeak(day: $0, ratio: level + slope * Double($0 - 29)) }
        script.quotas = [ObservedQuota(quota: Script.tokens(1_000_000), dailyPeaks: peaks)]
        #expect(script.evaluate(at: 0) == (isForecast ? ["fired QuotaExhaustionForecast"] : []))
        #expect(
            summary(script, .exhaustionForecast)?.contains("tokens per minute of \(Self.subject)")
                ?? !isForecast)
    }
}
