import Alerting
import QuotaModel
import System

/// Somebody who is told about alerts.
package struct AlertReceiver: Equatable, Sendable {
    /// Where messages go.
    package enum Target: Equatable, Sendable {
        /// The base URL of an Alertmanager.
        case alertmanager(URLSource)
        /// A URL that takes Alertmanager's webhook body.
        case webhook(URLSource)
        /// A Slack incoming webhook.
        case slack(URLSource)
        case sns(topicARN: String)
        /// A program, by its absolute path, started without a shell.
        case command(program: String, arguments: [Secret])
    }

    /// The kinds as the configuration names them.
    package enum Kind: String, CaseIterable, Sendable {
        case alertmanager, webhook, slack, sns, command
    }

    /// In the log, in counters and in the store; what is queued for it is found again by it.
    package var name: String
    package var target: Target
    /// The file whose content signs a webhook's bodies; nil for no signature.
    package var hmacSecretFile: String?
    /// The profile of the AWS configuration files that signs what is published to SNS; nil for the default credential
    /// chain.
    package var profile: String?
    /// A role that is assumed on top of it.
    package var roleARN: String?
    /// How often an Alertmanager is told of firing alerts again.
    package var resend = TimeSpan.minutes(1)
    /// Whether alerts of one name and Region are one message.
    package var isGrouped = true

    /// A receiver with its type as its name.
    package init(_ target: Target) {
        self.target = target
        name = target.kind.rawValue
    }

    package static func alertmanager(url: ServiceURL) -> Self { Self(.alertmanager(.text(url))) }
    package static func webhook(url: ServiceURL) -> Self { Self(.webhook(.text(url))) }
    package static func slack(url: ServiceURL) -> Self { Self(.slack(.text(url))) }
    package static func sns(topicARN: String) -> Self { Self(.sns(topicARN: topicARN)) }
    package static func command(program: String, arguments: [Secret]) -> Self {
        Self(.command(program: program, arguments: arguments))
    }

    package var kind: Kind { target.kind }
}

extension AlertReceiver.Target {
    package var kind: AlertReceiver.Kind {
        switch self {
        case .alertmanager: .alertmanager
        case .webhook: .webhook
        case .slack: .slack
        case .sns: .sns
        case .command: .command
        }
    }
}

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
