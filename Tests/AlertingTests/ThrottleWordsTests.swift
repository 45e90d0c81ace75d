import QuotaModel
import Testing

@testable import Alerting

@Suite("Causes of throttling in words")
struct ThrottleWordsTests {
    private func episode(
        _ cause: ThrottleCause, _ offsets: Range<Int>, _ change: (inout ThrottleEvidence) -> Void = { _ in }
    ) -> ThrottleEpisode {
        var evidence = ThrottleEvidence()
        change(&evidence)
        return ThrottleEpisode(
            pool: sonnet, minutes: Script.minute(offsets.lowerBound)..<Script.minute(offsets.upperBound),
            throttles: 100, judgement: ThrottleJudgement(cause: cause, evidence: evidence), judgedAt: 0,
            isSettled: false)
    }

    private func reservation(_ offsets: Range<Int>) -> ThrottleEpisode {
        episode(.reservation, offsets) { evidence in
            evidence.tokensPerMinuteRatio = 0.1
            evidence.requestsInFlight = 10
            evidence.reservedTokensPerRequest = 90_000
            evidence.reservationFactor = 90
        }
    }

    /// Throttled minutes from an offset on, evaluated after the last.
    private func play(_ script: inout Script, _ offsets: Range<Int>) -> [AlertTransition] {
        for offset in offsets {
            script.set(offset, tokens: 100_000, requests: 100)
            script.errors[Script.minute(offset)].throttles = 50
        }
        script.settled = Script.minute(offsets.upperBound - 1)
        return script.transitions(now: Double(Script.minute(offsets.upperBound).epochSeconds))
    }

    @Test("An alert of throttling names the cause with its figures, and what to do about it")
    func cause() throws {
        var script = Script()
        script.episode = reservation(0..<2)
        let fired = try #require(play(&script, 0..<2).first { $0.identity.kind == .throttlingCritical })
        #expect(fired.annotations["throttle_cause"] == "reservation")
        #expect(
            fired.annotations["description"]?.hasSuffix(
                " Cause: tokens reserved by max_tokens. The highest minute took 10 % of its tokens. About 10 requests in flight "
                    + "that held 90,000 tokens each, 90x what they used, would explain it.") == true)
        #expect(fired.annotations["next_step"]?.hasPrefix("Set max_tokens near what answers need") == true)
        #expect(fired.identity.labels["cause"] != "reservation")
    }

    @Test("Invariant 9: another cause changes the text of the alert that fires, and tells nobody again")
    func changes() {
        var script = Script()
        #expect(!play(&script, 0..<2).isEmpty)
        #expect(script.machine.firing.allSatisfy { $0.annotations["throttle_cause"] == nil })
        for (offset, cause) in [(2, ThrottleCause.reservation), (3, .unknown), (4, .tokensPerMinute)] {
            script.episode = episode(cause, 0..<(offset + 1))
            #expect(play(&script, offset..<(offset + 1)) == [])
            #expect(
                script.machine.firing.filter { $0.identity.kind == .throttlingCritical }
                    .map { $0.annotations["throttle_cause"] } == [cause.rawValue])
        }
    }

    @Test("An episode that was over before the throttling began says nothing of it")
    func older() throws {
        var script = Script()
        script.episode = reservation(-60..<(-50))
        let fired = try #require(play(&script, 0..<2).first { $0.kind == .fired })
        #expect(fired.annotations["throttle_cause"] == nil)
    }

    @Test("Every cause and every doubt has a figure, a finding and an advice for a terminal's width")
    func words() {
        for cause in ThrottleCause.allCases {
            for doubt in [nil] + ThrottleDoubt.allCases.map(Optional.some) {
                let judgement = episode(cause, 0..<1) { $0.doubt = doubt }.judgement
                #expect(!judgement.keyFigure.isEmpty && judgement.finding.hasSuffix("."))
                #expect(judgement.advice.hasSuffix("."))
                if cause == .unknown { #expect(judgement.keyFigure.count <= 25) }
            }
        }
        let full = episode(.tokensPerMinute, 0..<1) { evidence in
            evidence.tokensPerMinuteRatio = 1.125
            evidence.tokensPerMinuteLimit = 2_000_000
            evidence.peakTokensPerMinute = 2_250_000
            evidence.tokensPerMinuteLimitSource = "applied"
        }
        #expect(full.judgement.keyFigure == "113 % of 2,000,000 TPM")
        #expect(
            full.judgement.finding
                == "The highest minute took 2,250,000 of 2,000,000 (limit: applied) tokens per minute.")
    }
}
