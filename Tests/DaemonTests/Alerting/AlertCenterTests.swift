import Alerting
import Exposition
import QuotaModel
import Testing

@testable import Daemon
@testable import Web

@Suite("Alerts from minutes to notifications")
struct AlertCenterTests {
    @Test("70 and 80 % exactly fire, a token less does not; log, page and receivers say the same")
    func equality() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.699_999, 0.699_999, 0.699_999])
        #expect(bench.shown.isEmpty && bench.logged.value.isEmpty)
        await bench.play(from: 3, [0.7])
        #expect(bench.shown.isEmpty)
        await bench.play(from: 4, [0.7])
        #expect(bench.shown == ["firing QuotaWarning"])
        #expect(try await bench.told() == ["firing QuotaWarning"])
        await bench.play(from: 5, [0.8, 0.8])
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
        #expect(try await bench.told() == ["firing QuotaCritical"])
        #expect(try await bench.told("page") == ["firing QuotaWarning", "firing QuotaCritical"])
        let lines = bench.takeLog("Alert")
        #expect(lines.count == 2)
        #expect(
            lines[0].hasSuffix(
                """
                level=WARN msg="Alert fired" alert=BedrockQuotaWarning severity=warning account=prod \
                region=ap-southeast-1 scope=global model=anthropic.claude-sonnet-4-6 quota=tokens_per_minute \
                from=inactive to=firing reason=condition_met value="70 % at 2026-11-03T10:04:00Z" starts_at=2026-11-03T10:05:00Z \
                summary="anthropic.claude-sonnet-4-6 (global) in ap-southeast-1 of account prod uses 70 % of its \
                tokens per minute."\n
                """))
        #expect(bench.firingChanges.value == 2)
        await bench.play(from: 7, Array(repeating: 0.1, count: 4))
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
        await bench.play(from: 11, [0.1])
        #expect(bench.shown.isEmpty)
        #expect(try await bench.told() == ["resolved QuotaWarning", "resolved QuotaCritical"])
    }

    @Test(
        "Invariant 9: one late datapoint above the threshold, two with an upward revision; an unsettled minute fires early"
    )
    func revisions() async throws {
        let bench = try await AlertBench()
        for offset in 0..<4 { bench.set(offset, 0.2) }
        bench.set(4, 0.9, covered: false)
        await bench.evaluate(at: 5)
        #expect(bench.shown.isEmpty)
        // The minute before comes late, still unsettled.
        bench.set(3, 0.75)
        bench.set(5, 0.1, covered: false)
        await bench.evaluate(at: 6)
        #expect(bench.shown == ["firing QuotaWarning"])
        // Revised upwards: now both are above 80 %.
        bench.set(3, 0.85)
        await bench.evaluate(at: 6)
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
        #expect(try await bench.told() == ["firing QuotaWarning", "firing QuotaCritical"])
    }

    @Test("Minutes that are not covered resolve nothing, however many; covered calm ones do")
    func gaps() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        for offset in 2..<30 { await bench.evaluate(at: offset + 1) }
        #expect(bench.shown == ["firing QuotaWarning"])
        // Polls go on, but the minutes in between stay unknown.
        await bench.play(from: 30, [0.1, 0.1, 0.1, 0.1])
        #expect(bench.shown == ["firing QuotaWarning"])
        await bench.play(from: 34, [0.1])
        #expect(try await bench.told() == ["firing QuotaWarning", "resolved QuotaWarning"])
    }

    @Test("A quota raised while firing calms by the new limit; one that becomes 0 ends the alert at once")
    func limits() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        bench.limit = 2_000_000
        await bench.play(from: 2, [0.75, 0.75])
        #expect(bench.shown == ["firing QuotaWarning"])
        await bench.play(from: 4, Array(repeating: 0.75, count: 4))
        #expect(bench.shown.isEmpty)
        #expect(try await bench.told() == ["firing QuotaWarning", "resolved QuotaWarning"])
        bench.limit = 1_000_000
        await bench.play(from: 8, [0.75, 0.75])
        bench.limit = 0
        await bench.play(from: 10, [0.75])
        #expect(bench.shown.isEmpty)
        #expect(try await bench.told() == ["firing QuotaWarning", "resolved QuotaWarning"])
        #expect(bench.takeLog("Alert resolved").last?.contains("reason=quota_gone") == true)
    }

    @Test("The clock jumping back or ahead repeats nothing and resolves nothing")
    func clockJumps() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        #expect(try await bench.told() == ["firing QuotaWarning"])
        let now = bench.clock.now
        for jump in [-86_400, 0, 365 * 86_400, 60, -365 * 86_400, 120] as [Double] {
            await bench.evaluate(now: now + jump)
            #expect(bench.shown == ["firing QuotaWarning"], "\(jump)")
        }
        #expect(try await bench.told().isEmpty)
        await bench.play(from: 2, Array(repeating: 0.1, count: 5))
        #expect(try await bench.told() == ["resolved QuotaWarning"])
    }

    @Test("A reload that removes a rule while it fires resolves it, for those who heard of it")
    func reload() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.85, 0.85])
        #expect(try await bench.told() == ["firing QuotaWarning", "firing QuotaCritical"])
        bench.rules.standard.disabled.insert(.quotaWarning)
        bench.receivers["new"] = .grouped
        bench.receivers["page"] = nil
        await bench.configure()
        #expect(bench.shown == ["firing QuotaCritical"])
        #expect(try await bench.told() == ["resolved QuotaWarning"])
        #expect(try await bench.told("new").isEmpty)
        #expect(await bench.center.queueLength(of: "page") == 0)
        #expect(bench.takeLog("Alert resolved").first?.contains("reason=rule_removed") == true)
        await bench.play(from: 2, [0.85])
        #expect(bench.shown == ["firing QuotaCritical"])
        // Its Region goes, too.
        bench.isWatched = { _ in false }
        await bench.configure()
        #expect(bench.shown.isEmpty)
        #expect(try await bench.told("new") == ["resolved QuotaCritical"])
    }

    @Test("A rule that was removed while the daemon was down resolves at the start")
    func removedWhileDown() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        bench.rules.standard.disabled.insert(.quotaWarning)
        try await bench.restart()
        #expect(bench.shown.isEmpty)
        #expect(try await bench.told() == ["firing QuotaWarning", "resolved QuotaWarning"])
    }

    @Test("Polls that fail for ten minutes fire and resolve by the clock alone")
    func pollFailing() async throws {
        let bench = try await AlertBench()
        bench.pollFailure = "AccessDenied"
        for offset in 0..<10 { await bench.evaluate(at: offset) }
        #expect(bench.shown == ["pending PollFailing"])
        try await bench.restart()
        #expect(bench.shown == ["pending PollFailing"])
        await bench.evaluate(at: 10)
        #expect(try await bench.told() == ["firing PollFailing"])
        bench.pollFailure = nil
        try await bench.restart()
        for offset in 11..<15 { await bench.evaluate(at: offset) }
        #expect(bench.shown == ["firing PollFailing"])
        await bench.evaluate(at: 15)
        #expect(try await bench.told() == ["resolved PollFailing"])
    }

    @Test(
        "Invariant 9: restarted after every evaluation, everything is decided and told as without restarts, and once"
    )
    func restarts() async throws {
        for seed in 0..<6 {
            var random = SeededGenerator(seed: UInt64(seed))
            let steady = try await AlertBench()
            let restarted = try await AlertBench()
            var told: [[String]] = [[], []]
            for offset in 0..<80 {
                let isHot = (offset / 11) % 2 == 1
                let ratio = Double.random(in: isHot ? 0.6...1 : 0...0.72, using: &random)
                let isCovered = Int.random(in: 0..<8, using: &random) > 0
                let isTaken = Int.random(in: 0..<3, using: &random) == 0
                for (index, bench) in [steady, restarted].enumerated() {
                    bench.set(offset, ratio, covered: isCovered)
                    await bench.evaluate(at: offset + 1)
                    if index == 1 { try await bench.restart() }
                    if isTaken { told[index] += try await bench.told() }
                    if index == 1 { try await bench.restart() }
                }
                #expect(steady.board.alerts == restarted.board.alerts, "seed \(seed) step \(offset)")
            }
            for (index, bench) in [steady, restarted].enumerated() { told[index] += try await bench.told() }
            #expect(told[0] == told[1] && told[0].count > 4, "seed \(seed)")
            #expect(try await steady.told("page") == restarted.told("page"))
            #expect(steady.takeLog("Alert") == restarted.takeLog("Alert"))
        }
    }

    @Test("Many Regions decide at the same time; none is lost")
    func concurrency() async throws {
        let bench = try await AlertBench()
        let center = bench.center
        let now = bench.clock.now
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let region = RegionKey(account: "prod", region: "r\(index)")
                    let observation = AlertObservation(
                        account: "prod", region: region.region, now: now, settled: nil, upSince: nil,
                        pollFailure: "no")
                    var rules = AlertRules()
                    rules.pollFailingAfterSeconds = 0
                    let findings = AlertEvaluator(rules: rules).findings(of: observation, tracked: [])
                    await center.take(findings, of: region)
                }
            }
        }
        #expect(bench.shown.count == 60)
        try await bench.restart()
        #expect(bench.shown.count == 60)
    }

    @Test("Alerts of Regions that turn out not to be watched end")
    func unwatched() async throws {
        let bench = try await AlertBench()
        let isIdentified = Shared(false)
        bench.isWatched = { _ in !isIdentified.value }
        await bench.configure()
        await bench.play(from: 0, [0.75, 0.75])
        await bench.center.forgetUnwatched()
        #expect(bench.shown == ["firing QuotaWarning"])
        isIdentified.change { $0 = true }
        await bench.center.forgetUnwatched()
        #expect(bench.shown.isEmpty)
        #expect(bench.takeLog("Alert resolved").first?.contains("reason=region_removed") == true)
    }

    @Test("Listeners hear of what is new, and at once of what waits")
    func listening() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        var stream = await bench.center.changes().makeAsyncIterator()
        #expect(await stream.next() != nil)
        await bench.play(from: 2, [0.85, 0.85])
        #expect(await stream.next() != nil)
        #expect(await bench.center.standing().firing.count == 2)
    }

    @Test("The page has one line for each alert that fires, with its labels only")
    func gauges() async throws {
        let bench = try await AlertBench()
        let page = RenderedPage()
        page.update(own: [RenderedFamilies.byRegion([bench.board.family])])
        #expect(!String(decoding: page.bytes(.text), as: UTF8.self).contains("\nbedrock_alert_firing{"))
        await bench.play(from: 0, [0.75, 0.75])
        page.update(own: [RenderedFamilies.byRegion([bench.board.family])])
        #expect(
            String(decoding: page.bytes(.text), as: UTF8.self).contains(
                """
                \nbedrock_alert_firing{alert="BedrockQuotaWarning",severity="warning",account="prod",\
                region="ap-southeast-1",scope="global",model="anthropic.claude-sonnet-4-6",\
                quota="tokens_per_minute"} 1\n
                """))
    }
}
