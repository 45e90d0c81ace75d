import Alerting
import FoundationEssentials
import UsageStore

/// A row of the store's tables of alerts that this program does not understand.
package struct UnreadableAlertRow: Error, CustomStringConvertible {
    package let description: String
}

/// The value that a column's text stands for.
func known<Value: RawRepresentable>(
    _ text: String, _ table: String, _ column: String
) throws -> Value where Value.RawValue == String {
    guard let value = Value(rawValue: text) else {
        throw UnreadableAlertRow(
            description: "table \(table) holds \(column) \"\(text)\", which this program does not know")
    }
    return value
}

/// A time that a row holds: from 1970 to the end of 9999.
private func checkTimes(_ times: [Double?], _ table: String) throws {
    for case let time? in times where !(0..<253_402_300_800).contains(time) {
        throw UnreadableAlertRow(description: "table \(table) holds \(time), which is no time")
    }
}

/// Annotations as the store keeps them: a JSON object with sorted keys.
private enum AnnotationsText {
    static func text(_ annotations: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(annotations), as: UTF8.self)
    }

    static func values(_ text: String, _ table: String) throws -> [String: String] {
        do {
            return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        } catch {
            throw UnreadableAlertRow(
                description: "table \(table) holds annotations that are no JSON object of texts")
        }
    }
}

extension StoredAlertKey {
    package init(_ identity: AlertIdentity) {
        self.init(
            alert: identity.kind.rawValue, account: identity.account, region: identity.region,
            scope: identity.scope?.rawValue ?? "", model: identity.model ?? "",
            quota: identity.quota?.rawValue ?? "", cause: identity.cause?.rawValue ?? "",
            modelID: identity.modelID ?? "")
    }
}

extension AlertIdentity {
    fileprivate init(_ key: StoredAlertKey, _ table: String) throws {
        func part<Value: RawRepresentable>(_ text: String, _ column: String) throws -> Value?
        where Value.RawValue == String {
            text.isEmpty ? nil : try known(text, table, column)
        }
        self.init(
            try known(key.alert, table, "alert"), account: key.account, region: key.region,
            scope: try part(key.scope, "scope"), model: key.model.isEmpty ? nil : key.model,
            quota: try part(key.quota, "quota"), cause: try part(key.cause, "cause"),
            modelID: key.modelID.isEmpty ? nil : key.modelID)
    }
}

extension StoredAlert {
    package init(_ alert: TrackedAlert) throws {
        self.init(
            key: StoredAlertKey(alert.identity), state: alert.phase.rawValue, since: alert.since,
            firedAt: alert.firedAt, lastActive: alert.lastActive, missingSince: alert.missingSince,
            annotations: try AnnotationsText.text(alert.annotations))
    }
}

extension TrackedAlert {
    package init(_ row: StoredAlert) throws {
        let phase: Phase = try known(row.state, "alerts", "state")
        guard (phase == .firing) == (row.firedAt != nil) else {
            throw UnreadableAlertRow(
                description:
                    "table alerts holds a \(row.state) alert \(row.key.alert) whose fired_at does not fit")
        }
        try checkTimes([row.since, row.firedAt, row.lastActive, row.missingSince], "alerts")
        self.init(
            identity: try AlertIdentity(row.key, "alerts"), phase: phase, since: row.since,
            firedAt: row.firedAt, lastActive: row.lastActive, missingSince: row.missingSince,
            annotations: try AnnotationsText.values(row.annotations, "alerts"))
    }
}

extension StoredTransition {
    package init(_ transition: AlertTransition, isResent: Bool) throws {
        self.init(
            id: transition.id, key: StoredAlertKey(transition.identity), kind: transition.kind.rawValue,
            reason: transition.reason.rawValue, at: transition.at, startsAt: transition.startsAt,
            isResent: isResent, annotations: try AnnotationsText.text(transition.annotations))
    }
}

extension AlertTransition {
    package init(_ row: StoredTransition) throws {
        let table = "alert_transitions"
        try checkTimes([row.at, row.startsAt], table)
        self.init(
            id: row.id, identity: try AlertIdentity(row.key, table),
            kind: try known(row.kind, table, "kind"), reason: try known(row.reason, table, "reason"),
            at: row.at, startsAt: row.startsAt,
            annotations: try AnnotationsText.values(row.annotations, table))
    }
}
