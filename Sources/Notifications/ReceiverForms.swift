import Alerting
import QuotaModel

extension AlertCenter.Settings {
    package init(
        _ rules: AlertRules, _ receivers: [AlertReceiver], isWatched: @escaping @Sendable (RegionKey) -> Bool
    ) {
        self.init(rules: rules, receivers: NotificationOutbox.forms(receivers), isWatched: isWatched)
    }
}

extension NotificationOutbox {
    /// How each configured receiver is told, by its name.
    static func forms(_ receivers: [AlertReceiver]) -> [String: MessageForm] {
        Dictionary(
            receivers.map { receiver in
                (
                    receiver.name,
                    receiver.kind == .alertmanager ? .batch : receiver.isGrouped ? .grouped : .single
                )
            }, uniquingKeysWith: { first, _ in first })
    }
}
