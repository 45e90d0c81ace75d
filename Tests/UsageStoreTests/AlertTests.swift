import Glibc
import TestBench
import Testing

@testable import UsageStore

@Suite("Alerts in the store")
struct AlertTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    static func alert(_ model: String, state: String = "firing", annotations: String = "{}") -> StoredAlert {
        StoredAlert(
            key: StoredAlertKey(
                alert: "BedrockQuotaWarning", account: account, region: region, scope: "global", model: model,
                quota: "tokens_per_minute"),
            state: state, since: 1000.125, firedAt: state == "firing" ? 1120.5 : nil, lastActive: 1180,
            missingSince: nil, annotations: annotations)
    }

    static func transition(_ id: Int, isResent: Bool = false) -> StoredTransition {
        StoredTransition(
            id: id, key: alert("m\(id)").key, kind: "fired", reason: "condition_met", at: 1120.5,
            startsAt: 1000.125, isResent: isResent, annotations: #"{"ratio":"0.81"}"#)
    }

    static let full: StoredAlertChange = {
        var change = StoredAlertChange()
        change.written.alerts = [alert("a", annotations: #"{"summary":"ä"}"#), alert("b", state: "pending")]
        change.written.transitions = [transition(1), transition(2), transition(3, isResent: true)]
        change.written.receivers = [
            StoredReceiver(name: "am", form: "batch", dropped: 0),
            StoredReceiver(name: "chat", form: "single", dropped: 4),
        ]
        change.written.messages = [
            StoredMessage(receiver: "am", transitionIDs: [1, 2]),
            StoredMessage(receiver: "chat", transitionIDs: [2]),
            StoredMessage(receiver: "chat", transitionIDs: [1]),
        ]
        change.written.lastTransition = 3
        change.written.refusedAlerts = 7
        return change
    }()

    private func sorted(_ state: StoredAlertState) -> StoredAlertState {
        var state = state
        state.alerts.sort { $0.key.model < $1.key.model }
        state.receivers.sort { $0.name < $1.name }
        return state
    }

    @Test("What is written comes back as it was, also after a restart, messages in their order")
    func roundTrip() async throws {
        let store = try UsageStore.open(path: folder.database)
        #expect(try await store.alertState() == StoredAlertState())
        try await store.updateAlerts(Self.full)
        #expect(sorted(try await store.alertState()) == Self.full.written)
        try await store.close()
        let again = try UsageStore.open(path: folder.database)
        #expect(sorted(try await again.alertState()) == Self.full.written)
    }

    @Test("Rows are replaced, removed and appended one by one; messages of a receiver stay in order")
    func changes() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.updateAlerts(Self.full)
        var change = StoredAlertChange()
        change.removedAlerts = [Self.alert("b").key]
        change.removedTransitions = [3]
        change.removedMessages = [StoredMessage(receiver: "chat", transitionIDs: [2])]
        change.written.alerts = [Self.alert("a", state: "pending")]
        change.written.transitions = [Self.transition(4)]
        change.written.receivers = [StoredReceiver(name: "chat", form: "grouped", dropped: 5)]
        change.written.messages = [StoredMessage(receiver: "chat", transitionIDs: [4])]
        change.written.lastTransition = 4
        try await store.updateAlerts(change)
        var expected = StoredAlertState()
        expected.alerts = [Self.alert("a", state: "pending")]
        expected.transitions = [Self.transition(1), Self.transition(2), Self.transition(4)]
        expected.receivers = [
            StoredReceiver(name: "am", form: "batch", dropped: 0),
            StoredReceiver(name: "chat", form: "grouped", dropped: 5),
        ]
        expected.messages = [
            StoredMessage(receiver: "am", transitionIDs: [1, 2]),
            StoredMessage(receiver: "chat", transitionIDs: [1]),
            StoredMessage(receiver: "chat", transitionIDs: [4]),
        ]
        expected.lastTransition = 4
        #expect(sorted(try await store.alertState()) == expected)

        var gone = StoredAlertChange()
        gone.removedReceivers = ["chat"]
        try await store.updateAlerts(gone)
        #expect(try await store.alertState().messages.map(\.receiver) == ["am"])
        var all = StoredAlertChange()
        all.replacesAll = true
        all.written.lastTransition = 9
        try await store.updateAlerts(all)
        var nothing = StoredAlertState()
        nothing.lastTransition = 9
        #expect(try await store.alertState() == nothing)
    }

    @Test("People read in the tables what waits for whom")
    func readable() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.updateAlerts(Self.full)
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
            try await store.rows("SELECT alert, model, quota, state, since, annotations FROM alerts")
                == [
                    #"BedrockQuotaWarning|a|tokens_per_minute|firing|1000.125|{"summary":"ä"}"#,
                    "BedrockQuotaWarning|b|tokens_per_minute|pending|1000.125|{}",
                ])
    }
}
