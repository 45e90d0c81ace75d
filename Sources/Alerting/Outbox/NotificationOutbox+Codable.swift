extension NotificationOutbox: Codable {
    private enum Key: String, CodingKey {
        case version, receivers, transitions, resolved
    }

    /// Takes back what `encode` wrote; throws `AlertingError` for another version.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == AlertStateForm.version else { throw AlertingError.unknownVersion(version) }
        let transitions = try container.decode([AlertTransition].self, forKey: .transitions)
        let resolved = try container.decode([AlertTransition].self, forKey: .resolved)
        self.init(
            queues: try container.decode([String: Queue].self, forKey: .receivers),
            transitions: Dictionary(transitions.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last }),
            resolved: Dictionary(resolved.map { ($0.identity, $0) }, uniquingKeysWith: { _, last in last }))
    }

    /// Transitions in order, so that equal outboxes are written alike.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(AlertStateForm.version, forKey: .version)
        try container.encode(queues, forKey: .receivers)
        try container.encode(transitions.values.sorted { $0.id < $1.id }, forKey: .transitions)
        try container.encode(resolved.values.sorted { $0.id < $1.id }, forKey: .resolved)
    }

    /// The outbox as text for the store.
    package func stored() throws(AlertingError) -> String { try AlertStateForm.text(self) }

    /// The outbox that `stored` wrote.
    package init(stored text: String) throws(AlertingError) {
        self = try AlertStateForm.value(Self.self, from: text)
    }
}
