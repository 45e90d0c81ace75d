import Alerting
import Dispatch
import QuotaModel
import Synchronization
import Testing

@testable import Notifications
@testable import SQLite
@testable import UsageStore

@Suite("Alerts and a store that fails")
struct AlertStoreTests {
    @Test("Whichever step of the store fails, nothing is told before it is stored, and then once")
    func everyStep() async throws {
        for step in 1...1000 {
            let bench = try await AlertBench()
            await bench.play(from: 0, [0.75])
            bench.set(1, 0.75)
            let count = Shared(0)
            try await bench.setStepFault { _ in
                count.change { $0 += 1 }
                return count.value == step ? 10 : nil
            }
            await bench.evaluate(at: 2)
            try await bench.setStepFault(nil)
            guard count.value >= step else {
                #expect(step > 8)
                return
            }
            #expect(bench.shown.isEmpty, "step \(step)")
            #expect(await bench.center.next(for: "am") == nil)
            #expect(bench.storeFailures.value == 1)
            #expect(bench.takeLog("Storing alerts failed").count == 1)
            // Whether this process goes on or dies now.
            if step % 2 == 0 { try await bench.restart() }
            await bench.evaluate(at: 2)
            #expect(bench.shown == ["firing QuotaWarning"])
            #expect(try await bench.told() == ["firing QuotaWarning"])
        }
        Issue.record("the decision was never stored")
    }

    @Test("A confirmation that the store refuses is told to the deliverer and can be repeated")
    func confirmation() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        let message = try #require(await bench.center.next(for: "am"))
        try await bench.setStepFault { $0.contains("notifications") ? 13 : nil }
        await #expect(throws: StoreError.self) { try await bench.center.confirm(message, by: "am") }
        #expect(await bench.center.next(for: "am") == message)
        try await bench.setStepFault(nil)
        try await bench.restart()
        #expect(await bench.center.next(for: "am") == message)
        try await bench.center.confirm(message, by: "am")
        try await bench.center.confirm(message, by: "am")
        try await bench.restart()
        #expect(await bench.center.next(for: "am") == nil)
        let page = try #require(await bench.center.next(for: "page"))
        try await bench.center.giveUp(page, for: "page")
        try await bench.restart()
        #expect(await bench.center.dropped(for: "page") == 1)
        #expect(await bench.center.queueLength(of: "page") == 0)
    }

    @Test(
        "After five minutes of a store that refuses, alerts are told all the same, and stored when it works again"
    )
    func goingOn() async throws {
        let bench = try await AlertBench()
        try await bench.setStepFault { $0.hasPrefix("REPLACE INTO") ? 13 : nil }
        for offset in 0..<5 { bench.set(offset, 0.75) }
        for offset in 5..<10 {
            await bench.evaluate(at: offset)
            #expect(bench.shown.isEmpty)
        }
        await bench.evaluate(at: 10)
        #expect(bench.shown == ["firing QuotaWarning"])
        #expect(bench.takeLog("Alerts go on without the store").count == 1)
        // Another one, at once now.
        bench.set(10, 0.85)
        bench.set(11, 0.85)
        await bench.evaluate(at: 12)
        #expect(try await bench.told() == ["firing QuotaWarning", "firing QuotaCritical"])
        try await bench.setStepFault(nil)
        await bench.evaluate(at: 12)
        await bench.play(from: 12, [0.85])
        #expect(bench.takeLog("Alerts are stored again").count == 1)
        try await bench.restart()
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
        #expect(try await bench.told().isEmpty)
        #expect(try await bench.told("page") == ["firing QuotaWarning", "firing QuotaCritical"])
    }

    @Test("What other Regions decided while the store refused is stored with the next decision of any")
    func otherRegions() async throws {
        let bench = try await AlertBench()
        try await bench.setStepFault { $0.hasPrefix("REPLACE INTO") ? 13 : nil }
        for offset in 0..<8 { bench.set(offset, 0.75) }
        for offset in [2, 8] { await bench.evaluate(at: offset) }
        #expect(bench.shown == ["firing QuotaWarning"])
        try await bench.setStepFault(nil)
        var rules = AlertRules()
        rules.pollFailingAfterSeconds = 0
        let findings = AlertEvaluator(rules: rules).findings(
            of: AlertObservation(
                account: "prod", region: "other", now: bench.clock.now, settled: nil, upSince: nil,
                pollFailure: "no"), tracked: [])
        await bench.center.take(findings, of: RegionKey(account: "prod", region: "other"))
        try await bench.restart()
        #expect(bench.shown == ["pending PollFailing", "firing QuotaWarning"])
        #expect(try await bench.told() == ["firing QuotaWarning"])
    }

    @Test("Settings that change while others are being stored are not taken for applied")
    func settingsMeanwhile() async throws {
        let bench = try await AlertBench()
        let center = bench.center
        let isInside = Shared(false)
        let gate = DispatchSemaphore(value: 0)
        try await bench.setStepFault { sql in
            guard sql == "COMMIT", !isInside.value else { return nil }
            isInside.change { $0 = true }
            // On the store's own thread: nobody else is kept.
            _ = gate.wait(timeout: .now() + 30)
            return nil
        }
        func settings(_ receiver: String, warning: Double) -> AlertCenter.Settings {
            var rules = bench.rules
            rules.standard.warning = warning
            return AlertCenter.Settings(rules: rules, receivers: [receiver: .batch], isWatched: { _ in true })
        }
        let (first, second) = (settings("first", warning: 0.6), settings("second", warning: 0.5))
        let one = Task { await center.configure(first) }
        try await eventually("the first is being stored") { isInside.value }
        let two = Task { await center.configure(second) }
        try await eventually("the second has come") {
            await center.context(of: AlertBench.region).rules == second.rules
        }
        gate.signal()
        await one.value
        await two.value
        #expect(try await bench.store.alertState().state.outbox.queues.keys.sorted() == ["second"])
    }

    @Test("Settings that the store refused are applied with the next decision")
    func settingsLater() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        try await bench.setStepFault { $0.hasPrefix("BEGIN") ? 10 : nil }
        bench.receivers["new"] = .batch
        bench.rules.standard.disabled.insert(.quotaWarning)
        await bench.configure()
        #expect(bench.shown == ["firing QuotaWarning"])
        try await bench.setStepFault(nil)
        await bench.play(from: 2, [0.1])
        #expect(bench.shown.isEmpty)
        bench.rules.standard.disabled.remove(.quotaWarning)
        await bench.configure()
        await bench.play(from: 3, [0.75, 0.75])
        #expect(try await bench.told("new") == ["firing QuotaWarning"])
    }

    @Test(
        "A row that cannot be understood is named in the log; the others live on, and the store is whole again",
        arguments: [
            "UPDATE alerts SET state = 'asleep' WHERE alert = 'BedrockQuotaWarning'",
            "UPDATE alerts SET alert = 'BedrockSurprise' WHERE alert = 'BedrockQuotaWarning'",
            "UPDATE alerts SET scope = 'lunar' WHERE alert = 'BedrockQuotaWarning'",
            "UPDATE alerts SET annotations = '[1]' WHERE alert = 'BedrockQuotaWarning'",
            "UPDATE alerts SET fired_at = NULL WHERE alert = 'BedrockQuotaWarning'",
            "UPDATE alerts SET since = 9e99 WHERE alert = 'BedrockQuotaWarning'",
        ])
    func damagedAlert(sql: String) async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.85, 0.85])
        _ = try await bench.told()
        try await bench.run(sql)
        try await bench.restart()
        #expect(bench.takeLog("A stored alert is lost").first?.contains("table alerts holds") == true)
        #expect(bench.shown == ["firing QuotaCritical"])
        // It still holds, so it fires anew.
        await bench.play(from: 2, [0.85])
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
        #expect(try await bench.told() == ["firing QuotaWarning"])
        try await bench.restart()
        #expect(bench.takeLog("A stored alert is lost").isEmpty)
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
    }

    @Test(
        "A notification that cannot be understood is named and dropped, the next one goes out",
        arguments: [
            "UPDATE alert_transitions SET kind = 'x' WHERE alert = 'BedrockQuotaWarning'",
            "UPDATE alert_transitions SET at = 1e300 WHERE alert = 'BedrockQuotaWarning'",
            "DELETE FROM alert_transitions WHERE alert = 'BedrockQuotaWarning'",
        ])
    func damagedNotification(sql: String) async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75, 0.85, 0.85])
        try await bench.run(sql)
        try await bench.restart()
        #expect(try await bench.told("page") == ["firing QuotaCritical"])
        #expect(await bench.center.dropped(for: "page") == 1)
        #expect(bench.shown == ["firing QuotaCritical", "firing QuotaWarning"])
        await bench.play(from: 4, Array(repeating: 0.1, count: 5))
        #expect(try await bench.told("page") == ["resolved QuotaWarning", "resolved QuotaCritical"])
    }

    @Test("A table that cannot be read is logged; alerts begin anew and are stored again")
    func unreadable() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        try await bench.run("ALTER TABLE alerts RENAME COLUMN state TO condition")
        try await bench.restart()
        #expect(bench.takeLog("Stored alerts cannot be read").count == 1)
        #expect(bench.shown.isEmpty)
        try await bench.run("ALTER TABLE alerts RENAME COLUMN condition TO state")
        await bench.evaluate(at: 2)
        #expect(bench.shown == ["firing QuotaWarning"])
        try await bench.restart()
        #expect(bench.shown == ["firing QuotaWarning"])
        #expect(try await bench.told() == ["firing QuotaWarning"])
    }

    @Test("A resolution is told again for a quarter of an hour, also after a restart, and then forgotten")
    func lately() async throws {
        let bench = try await AlertBench()
        await bench.play(from: 0, [0.75, 0.75])
        await bench.play(from: 2, Array(repeating: 0.1, count: 5))
        _ = try await bench.told()
        _ = try await bench.told("page")
        try await bench.restart()
        #expect(await bench.center.standing().resolved.map(\.status) == [.resolved])
        await bench.play(from: 7, Array(repeating: 0.1, count: 15))
        #expect(await bench.center.standing().resolved.isEmpty)
        // Nothing of it is left on disk.
        let outbox = try await bench.store.alertState().state.outbox
        #expect(outbox.transitions.isEmpty && outbox.resolved.isEmpty)
        #expect(outbox.queues.values.allSatisfy { $0.messages.isEmpty })
    }
}
