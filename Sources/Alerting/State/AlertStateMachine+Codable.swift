import FoundationEssentials

/// The stored form: JSON with sorted keys, so that equal states are equal texts.
enum AlertStateForm {
    static let version = 1

    static func text(_ value: some Encodable) throws(AlertingError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw .unreadableState(reason: "it cannot be written (\(error))")
        }
    }

    static func value<Value: Decodable>(_: Value.Type, from text: String) throws(AlertingError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch let error as AlertingError {
            throw error
        } catch {
            throw .unreadableState(reason: "\(error)")
        }
    }
}

extension AlertStateMachine: Codable {
    private enum Key: String, CodingKey {
        case version, alerts
        case lastTransition = "last_transition"
        case refusedAlerts = "refused_alerts"
    }

    /// Takes back what `encode` wrote; throws `AlertingError` for another version.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == AlertStateForm.version else { throw AlertingError.unknownVersion(version) }
        let alerts = try container.decode([TrackedAlert].self, forKey: .alerts)
        self.init(
            tracked: Dictionary(alerts.map { ($0.identity, $0) }, uniquingKeysWith: { _, last in last }),
            lastTransition: try container.decode(Int.self, forKey: .lastTransition),
            refusedAlerts: try container.decode(Int.self, forKey: .refusedAlerts))
    }

    /// Alerts in order, so that equal states are written alike.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(AlertStateForm.version, forKey: .version)
        try container.encode(alerts, forKey: .alerts)
        try container.encode(lastTransition, forKey: .lastTransition)
        try container.encode(refusedAlerts, forKey: .refusedAlerts)
    }

    /// The state as text for the store.
    package func stored() throws(AlertingError) -> String { try AlertStateForm.text(self) }

    /// The state that `stored` wrote.
    package init(stored text: String) throws(AlertingError) {
        self = try AlertStateForm.value(Self.self, from: text)
    }
}
