import Alerting
import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Alerts in the store")
struct AlertTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    static func alert(
        _ model: String, _ phase: TrackedAlert.Phase = .firing, annotations: [String: String] = [:]
    ) -> TrackedAlert {
        TrackedAlert(
            identity: AlertIdentity(
                .quotaWarning,
                pool: QuotaPool(account: account, region: region, scope: .global, model: model),
                quota: .tokensPerMinute),
            phase: phase, since: 1000.125, firedAt: phase == .firing ? 1120.5 : nil, lastActive: 1180,
            missingSince: nil, annotations: annotations)
    }

    static func transition(_ id: Int, _ kind: AlertTransition.Kind = .fired) -> AlertTransition {
        AlertTransition(
            id: id, identity: alert("m\(id)").identity, kind: kind, reason: .conditionMet, at: 1120.5,
            startsAt: 1000.125, annotations: ["ratio": "0.81"])
    }

    static func state(
        _ alerts: [TrackedAlert], last: Int, refused: Int = 0, _ queues: [String: NotificationOutbox.Queue],
        _ transitions: [AlertTransition], resolved: [AlertTransition] = []
    ) -> AlertState {
        AlertState(
            machine: AlertStateMachine(alerts: alerts, lastTransition: last, refusedAlerts: refused),
            outbox: NotificationOutbox(queues: queues, transitions: transitions, resolved: resolved))
    }

    static let full = state(
        [alert("a", annotations: ["summary": "ä"]), alert("b", .pending)], last: 3, refused: 7,
        [
            "am": NotificationOutbox.Queue(form: .batch, messages: [[1, 2]]),
            "chat": NotificationOutbox.Queue(form: .single, messages: [[2], [1]], dropped: 4),
        ],
        [transition(1), transition(2)], resolved: [transition(3, .resolved)])

    private func change(_ store: UsageStore, from old: AlertState?, to new: AlertState) async throws {
        try await store.updateAlerts(AlertChange(from: old, to: new, differing: .anywhere))
        let stored = try await store.alertState()
        #expect(stored.state == new && stored.problems.isEmpty)
    }

    @Test("What is written comes back as it was, also after a restart, messages in their order")
    func roundTrip() async throws {
        let store = try UsageStore.open(path: folder.database)
        #expect(try await store.alertState().state == AlertState())
        try await change(store, from: AlertState(), to: Self.full)
        try await store.close()
        let again = try UsageStore.open(path: folder.database)
        #expect(try await again.alertState().state == Self.full)
    }

    @Test("Rows are replaced, removed and appended one by one; messages of a receiver stay in order")
    func changes() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await change(store, from: AlertState(), to: Self.full)
        let next = Self.state(
            [Self.alert("a", .pending)], last: 4,
            [
                "am": NotificationOutbox.Queue(form: .batch, messages: [[1, 2]]),
                "chat": NotificationOutbox.Queue(form: .grouped, messages: [[1], [4]], dropped: 5),
            ],
            [Self.transition(1), Self.transition(2), Self.transition(4)])
        try await change(store, from: Self.full, to: next)
        #expect(try await store.rows("SELECT id FROM alert_transitions ORDER BY id") == ["1", "2", "4"])
        let gone = Self.state(
            [], last: 4, ["am": NotificationOutbox.Queue(form: .batch, messages: [[1, 2]])],
            [Self.transition(1), Self.transition(2)])
        try await change(store, from: next, to: gone)
        #expect(try await store.rows("SELECT receiver FROM notifications") == ["am", "am"])
        try await change(store, from: nil, to: Self.state([], last: 9, [:], []))
        #expect(try await store.rows("SELECT count(*) FROM alert_transitions") == ["0"])
    }

    @Test("Only what differs is written, and of alerts only those of the place that may differ")
    func differences() {
        let other = Self.state([Self.alert("a")], last: 3, refused: 7, Self.full.outbox.queues, [])
        #expect(AlertChange(from: Self.full, to: Self.full, differing: .anywhere).isEmpty)
        let here = AlertChange(from: Self.full, to: other, differing: .in(account: account, region: region))
        #expect(here.alerts.count == 1 && here.removedAlerts == [Self.alert("b").identity])
        for place in [AlertChange.Place.nowhere, .in(account: account, region: "elsewhere")] {
            let change = AlertChange(from: Self.full, to: other, differing: place)
            #expect(change.alerts.isEmpty && change.removedAlerts.isEmpty)
        }
    }

    @Test("People read in the tables what waits for whom")
    func readable() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await change(store, from: AlertState(), to: Self.full)
        #expect(
            try await store.rows(
                """
                SELECT receiver, message, transition_id, kind, time, alert, model FROM waiting_notifications
                ORDER BY receiver, message, transition_id
                """)
                == [
                    "am|1|1|fired|1970-01-01T00:18:40Z|BedrockQuotaWarning|m1",
                    "am|1|2|fired|1970-01-01T00:18:40Z|BedrockQuotaWarning|m2",
                    "chat|1|2|fired|1970-01-01T00:18:40Z|BedrockQuotaWarning|m2",
                    "chat|2|1|fired|1970-01-01T00:18:40Z|BedrockQuotaWarning|m1",
                ])
        #expect(
            try await store.rows("SELECT model, quota, state, since, annotations FROM alerts ORDER BY model")
                == [
                    #"a|tokens_per_minute|firing|1000.125|{"summary":"ä"}"#,
                    "b|tokens_per_minute|pending|1000.125|{}",
                ])
    }
}
