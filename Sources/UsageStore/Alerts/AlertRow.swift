import Alerting
import FoundationEssentials
import QuotaModel
import SQLite

/// A row of a table of alerts that this program does not understand.
struct UnreadableAlertRow: Error, CustomStringConvertible {
    let description: String
}

/// A row of a table of alerts on its way to the value that it stands for.
struct AlertRow {
    let statement: Statement
    private let table: String

    init(_ statement: Statement, _ table: String) {
        self.statement = statement
        self.table = table
    }

    func refusal(_ what: String) -> UnreadableAlertRow {
        UnreadableAlertRow(description: "table \(table) holds \(what)")
    }

    /// The value that a column's text stands for.
    func known<Value: RawRepresentable>(
        _ column: Int32, _ name: String
    ) throws(UnreadableAlertRow) -> Value where Value.RawValue == String {
        let text = statement.text(column)
        guard let value = Value(rawValue: text) else {
            throw refusal("\(name) \"\(text)\", which this program does not know")
        }
        return value
    }

    /// The same of a part that does not apply where the text is empty.
    private func part<Value: RawRepresentable>(
        _ column: Int32, _ name: String
    ) throws(UnreadableAlertRow) -> Value? where Value.RawValue == String {
        statement.text(column).isEmpty ? nil : try known(column, name)
    }

    /// The alert whose key begins in this column.
    func identity(from first: Int32) throws(UnreadableAlertRow) -> AlertIdentity {
        func text(_ column: Int32) -> String? {
            let text = statement.text(first + column)
            return text.isEmpty ? nil : text
        }
        return AlertIdentity(
            try known(first, "alert"), account: statement.text(first + 1), region: statement.text(first + 2),
            scope: try part(first + 3, "scope"), model: text(4), quota: try part(first + 5, "quota"),
            cause: try part(first + 6, "cause"), modelID: text(7))
    }

    /// A time from 1970 to the end of 9999.
    func time(_ column: Int32) throws(UnreadableAlertRow) -> Double {
        let time = statement.double(column)
        guard (0..<253_402_300_800).contains(time) else { throw refusal("\(time), which is no time") }
        return time
    }

    func optionalTime(_ column: Int32) throws(UnreadableAlertRow) -> Double? {
        statement.isNull(column) ? nil : try time(column)
    }

    func annotations(_ column: Int32) throws(UnreadableAlertRow) -> [String: String] {
        guard let values = AnnotationsText.values(statement.text(column)) else {
            throw refusal("annotations that are no JSON object of texts")
        }
        return values
    }
}

/// Annotations as the store keeps them: a JSON object with sorted keys.
enum AnnotationsText {
    static func text(_ annotations: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(annotations), as: UTF8.self)
    }

    /// Nil for anything else.
    static func values(_ text: String) -> [String: String]? {
        do {
            return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        } catch {
            return nil
        }
    }
}

extension TrackedAlert {
    init(_ row: AlertRow) throws(UnreadableAlertRow) {
        let phase: Phase = try row.known(8, "state")
        let identity = try row.identity(from: 0)
        let firedAt = try row.optionalTime(10)
        guard (phase == .firing) == (firedAt != nil) else {
            throw row.refusal(
                "a \(phase.rawValue) alert \(identity.kind.rawValue) whose fired_at does not fit")
        }
        self.init(
            identity: identity, phase: phase, since: try row.time(9), firedAt: firedAt,
            lastActive: try row.time(11), missingSince: try row.optionalTime(12),
            annotations: try row.annotations(13))
    }
}

extension AlertTransition {
    init(_ row: AlertRow) throws(UnreadableAlertRow) {
        self.init(
            id: row.statement.integer(0), identity: try row.identity(from: 1), kind: try row.known(9, "kind"),
            reason: try row.known(10, "reason"), at: try row.time(11), startsAt: try row.time(12),
            annotations: try row.annotations(14))
    }
}
