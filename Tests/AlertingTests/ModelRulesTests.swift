import QuotaModel
import Testing

@testable import Alerting

/// The jobs in flight of one model against its quota.
func batchUses(_ jobs: Int, of limit: Double) -> [BatchUse] {
    let override = QuotaOverride(scope: .batch, model: "acme.m", limits: [.batchJobs: limit])
    return QuotaCatalog(inventory: Inventory(), overrides: [override]).batchUses(
        of: BatchListing(
            Array(repeating: BatchJob(modelID: "acme.m", status: .scheduled), count: jobs), listedAt: 0))
}

@Suite("Rules about batch jobs and the end of models")
struct ModelRulesTests {
    private let region = (account: sonnet.account, region: sonnet.region)

    /// Plays an observation a minute; tells what happened.
    private func evaluate(
        _ machine: inout AlertStateMachine, at offset: Int, batch: [BatchUse]?,
        rules: AlertRules = AlertRules()
    ) -> [AlertTransition] {
        let now = Double(Script.minute(offset).epochSeconds)
        var observation = AlertObservation(
            account: region.account, region: region.region, now: now, settled: Script.minute(offset - 4),
            upSince: 0)
        observation.batch = batch
        let tracked = machine.tracked(account: region.account, region: region.region)
        let findings = AlertEvaluator(rules: rules).findings(of: observation, tracked: tracked)
        return machine.evaluate(
            findings, account: region.account, region: region.region, rules: rules, now: now)
    }

    @Test("A quota of batch jobs raises at its limit, not before, and resolves when there is room again")
    func batch() throws {
        var machine = AlertStateMachine()
        #expect(evaluate(&machine, at: 0, batch: batchUses(19, of: 20)).isEmpty)
        let fired = try #require(evaluate(&machine, at: 1, batch: batchUses(20, of: 20)).first)
        #expect(fired.kind == .fired && fired.identity.severity == .warning)
        #expect(
            fired.identity.labels == [
                "alertname": "BedrockBatchQuotaReached", "severity": "warning", "account": "prod",
                "region": "ap-southeast-1", "scope": "batch", "model": "acme.m", "quota": "batch_jobs",
            ])
        #expect(
            fired.annotations["summary"]
                == "20 of 20 batch jobs of acme.m in ap-southeast-1 of account prod are in flight.")
        #expect(
            fired.annotations["description"]?.contains("which of these AWS counts is not documented") == true)
        #expect(evaluate(&machine, at: 2, batch: batchUses(19, of: 20)).isEmpty)
        #expect(evaluate(&machine, at: 7, batch: batchUses(19, of: 20)).map(\.kind) == [.resolved])
    }

    @Test(
        "While jobs cannot be listed an alert about them holds, however long; a model without jobs resolves it"
    )
    func unknownJobs() {
        var machine = AlertStateMachine()
        #expect(evaluate(&machine, at: 0, batch: batchUses(3, of: 3)).map(\.kind) == [.fired])
        for offset in stride(from: 10, through: 600, by: 10) {
            #expect(evaluate(&machine, at: offset, batch: nil).isEmpty)
        }
        #expect(evaluate(&machine, at: 601, batch: []).map(\.kind) == [.resolved])
    }

    @Test("A limit of batch jobs that becomes 0 ends the alert; one that is off for its model raises none")
    func batchOff() {
        var machine = AlertStateMachine()
        #expect(evaluate(&machine, at: 0, batch: batchUses(3, of: 3)).map(\.kind) == [.fired])
        #expect(evaluate(&machine, at: 1, batch: batchUses(3, of: 0)).map(\.reason) == [.quotaGone])
        var rules = AlertRules()
        var override = AlertOverride()
        override.scope = .batch
        override.isEnabled = false
        rules.overrides = [override]
        #expect(evaluate(&machine, at: 2, batch: batchUses(3, of: 3), rules: rules).isEmpty)
    }

    // MARK: End of life

    private let day = 86_400.0

    /// A pool with a request in one minute, every minute of the day known.
    private func script(_ lifecycle: ModelLifecycle?) -> Script {
        var script = Script()
        for offset in -1500..<0 { script.set(offset, tokens: 0, requests: 0) }
        script.set(-10, tokens: 1, requests: 1)
        script.settled = Script.minute(-1)
        script.lifecycle = lifecycle
        return script
    }

    @Test("A legacy model with traffic, or one within so many days of its end, is a warning")
    func ending() throws {
        let now = Double(start.epochSeconds)
        for (lifecycle, days, fires) in [
            (nil, 90, false), (ModelLifecycle(isLegacy: false), 90, false),
            (ModelLifecycle(isLegacy: true), 0, true),
            (ModelLifecycle(isLegacy: false, endOfLife: now + 91 * day), 90, false),
            (ModelLifecycle(isLegacy: false, endOfLife: now + 91 * day), 91, true),
            (ModelLifecycle(isLegacy: false, endOfLife: now - day), 90, true),
        ] as [(ModelLifecycle?, Int, Bool)] {
            var script = script(lifecycle)
            script.rules.standard.endOfLifeDays = days
            #expect(script.evaluate(at: 0) == (fires ? ["fired ModelEndOfLife"] : []), "\(days)")
        }
        var script = script(
            ModelLifecycle(isLegacy: true, legacyFrom: now - 40 * day, endOfLife: now + 30 * day))
        let fired = try #require(script.transitions(now: now).first)
        #expect(fired.identity.severity == .warning && fired.identity.labels["scope"] == "global")
        #expect(
            fired.annotations["summary"]
                == "The model of anthropic.claude-sonnet-4-6 (global) in ap-southeast-1 of account prod is used and "
                + "nears its end: legacy since 2026-09-24, end of life 2026-12-03.")
        #expect(fired.annotations["description"] == "AWS refuses higher quotas for legacy models.")
        #expect(fired.annotations["end_of_life"] == "2026-12-03T10:00:00Z")
    }

    @Test("Without traffic nothing is raised, and a day without it ends the alert, if that day is known")
    func idle() {
        var idle = script(ModelLifecycle(isLegacy: true))
        idle.set(-10, tokens: 0, requests: 0)
        #expect(idle.evaluate(at: 0) == [])

        var script = script(ModelLifecycle(isLegacy: true))
        #expect(script.evaluate(at: 0) == ["fired ModelEndOfLife"])
        script.machine = AlertStateMachine(
            alerts: script.machine.alerts, lastTransition: script.machine.lastTransition, refusedAlerts: 0)
        for offset in 0..<1600 where offset != 700 { script.set(offset, tokens: 0, requests: 0) }
        script.settled = Script.minute(1599)
        #expect(script.evaluate(at: 1600) == [], "a minute of the day is not known")
        script.set(700, tokens: 0, requests: 0)
        #expect(script.evaluate(at: 1601) == ["resolved ModelEndOfLife"])
    }

    @Test("A model that AWS calls legacy no more ends the alert")
    func revoked() {
        var script = script(ModelLifecycle(isLegacy: true))
        #expect(script.evaluate(at: 0) == ["fired ModelEndOfLife"])
        script.lifecycle = ModelLifecycle(isLegacy: false)
        #expect(script.evaluate(at: 1) == ["resolved ModelEndOfLife"])
    }

    @Test("What AWS says and cannot be read raises no alert and ends none")
    func unread() {
        let unread = ModelLifecycle(isLegacy: nil, unread: ["status RETIRED"])
        var unknown = script(unread)
        #expect(unknown.evaluate(at: 0) == [])
        var script = script(ModelLifecycle(isLegacy: true))
        #expect(script.evaluate(at: 0) == ["fired ModelEndOfLife"])
        let before = script.machine.firing.first?.annotations
        script.lifecycle = unread
        #expect(script.evaluate(at: 1) == [] && script.machine.firing.first?.annotations == before)
        script.lifecycle = ModelLifecycle(isLegacy: false)
        #expect(script.evaluate(at: 2) == ["resolved ModelEndOfLife"])
    }
}
