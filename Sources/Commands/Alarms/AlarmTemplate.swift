import Alerting
import FoundationEssentials
import Notifications
import QuotaModel
import System

/// CloudFormation templates of native CloudWatch alarms, for accounts that want alarms without this daemon.
package struct AlarmTemplate: Sendable {
    /// A stack belongs to one account and Region and takes at most 500 resources.
    package struct Stack: Equatable, Sendable {
        package let account: String
        package let region: String
        /// 1, 2, … where one Region needs several.
        package let number: Int
        package let text: String
    }

    package private(set) var stacks: [Stack] = []
    /// What the alarms do not cover, a sentence each.
    package var notes: [String] {
        guard !unseen.isEmpty else { return shortened }
        let kinds = unseen.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key.rawValue)" }
        return shortened + [
            "No alarm for quotas that CloudWatch's metrics of a minute cannot show: "
                + kinds.joined(separator: ", ") + "."
        ]
    }
    /// How many quotas get no alarm.
    private var unseen: [QuotaKind: Int] = [:]
    private var shortened: [String] = []

    /// One alarm per pool, per-minute quota and threshold, with the weights and limits of now.
    package init(_ pools: [AlarmPool], rules: AlertRules) throws(AlertingError) {
        let byRegion = Dictionary(grouping: pools) { [$0.pool.account, $0.pool.region] }
        for (place, pools) in byRegion.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var alarms: [(id: String, alarm: TemplateValue)] = []
            for pool in pools.sorted(by: { $0.pool < $1.pool }) { alarms += add(pool, rules) }
            for (number, start) in stride(
                from: 0, to: alarms.count, by: AlertLimits.resourcesPerTemplate
            ).enumerated() {
                let part = alarms[start..<min(start + AlertLimits.resourcesPerTemplate, alarms.count)]
                let text = try Self.template(part, region: place[1]).rendered()
                stacks.append(Stack(account: place[0], region: place[1], number: number + 1, text: text))
            }
        }
    }

    private mutating func add(_ pool: AlarmPool, _ rules: AlertRules) -> [(id: String, alarm: TemplateValue)]
    {
        let own = rules.rules(for: pool.pool)
        var alarms: [(id: String, alarm: TemplateValue)] = []
        for quota in pool.quotas.sorted(by: { $0.kind < $1.kind }) {
            let name =
                "\(quota.kind.rawValue) of \(pool.pool.model) (\(pool.pool.scope.rawValue)) in \(pool.pool.region)"
            guard let expression = AlarmExpression(pool, quota) else {
                unseen[quota.kind, default: 0] += 1
                continue
            }
            if !expression.leftOut.isEmpty {
                shortened.append(
                    "The alarms for \(name) count too little: an alarm takes \(AlertLimits.metricsPerAlarm) "
                        + "metrics, so they leave out \(expression.leftOut.joined(separator: ", ")).")
            }
            for kind in [AlertKind.quotaWarning, .quotaCritical] where !own.disabled.contains(kind) {
                let identity = AlertIdentity(kind, pool: pool.pool, quota: quota.kind)
                alarms.append(
                    (
                        "Alarm\(LabelFingerprint.text(identity.labels))",
                        Self.alarm(identity, quota, expression, own, name: name)
                    ))
            }
        }
        return alarms
    }

    private static func alarm(
        _ identity: AlertIdentity, _ quota: Quota, _ expression: AlarmExpression, _ rules: PoolRules,
        name: String
    ) -> TemplateValue {
        let threshold = rules.threshold(of: identity.kind)
        var description =
            "\(Figure.percent(threshold)) of the \(name): a limit of \(Figure.count(quota.limit)) when this was made."
        if !expression.leftOut.isEmpty { description += " Some model IDs of the pool are left out." }
        let actions: TemplateValue = .map([
            "Fn::If": .list([
                "HasTopic", .list([.map(["Ref": "TopicArn"])]), .map(["Ref": "AWS::NoValue"]),
            ])
        ])
        return .map([
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": .map([
                "AlarmName": .text(alarmName(identity)),
                "AlarmDescription": .text(description),
                "Metrics": .list(expression.metrics.map(metric) + [ratio(expression)]),
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "Threshold": .number(threshold),
                "EvaluationPeriods": .number(Double(rules.minutes.of)),
                "DatapointsToAlarm": .number(Double(rules.minutes.atLeast)),
                "TreatMissingData": "notBreaching",
                "AlarmActions": actions,
                "OKActions": actions,
            ]),
        ])
    }

    /// At most 255 characters (PutMetricAlarm, AlarmName).
    private static func alarmName(_ identity: AlertIdentity) -> String {
        let parts = [
            identity.kind.rawValue, identity.region, identity.scope?.rawValue, identity.model,
            identity.quota?.rawValue,
        ]
        return String(parts.compactMap { $0 }.joined(separator: " ").prefix(255))
    }

    private static func metric(_ metric: AlarmExpression.Metric) -> TemplateValue {
        .map([
            "Id": .text(metric.id),
            "ReturnData": .flag(false),
            "MetricStat": .map([
                "Metric": .map([
                    "Namespace": "AWS/Bedrock",
                    "MetricName": .text(metric.name),
                    "Dimensions": .list([.map(["Name": "ModelId", "Value": .text(metric.modelID)])]),
                ]),
                "Period": .number(AlertLimits.minuteSeconds),
                "Stat": "Sum",
            ]),
        ])
    }

    private static func ratio(_ expression: AlarmExpression) -> TemplateValue {
        .map([
            "Id": "ratio", "Label": "Share of the quota", "ReturnData": .flag(true),
            "Expression": .text(expression.text),
        ])
    }

    private static func template(
        _ alarms: ArraySlice<(id: String, alarm: TemplateValue)>, region: String
    ) -> TemplateValue {
        .map([
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": .text("Alarms on Amazon Bedrock quotas in \(region)"),
            "Parameters": .map([
                "TopicArn": .map([
                    "Type": "String", "Default": "",
                    "Description": "The SNS topic that is told; empty for none",
                ])
            ]),
            "Conditions": .map([
                "HasTopic": .map([
                    "Fn::Not": .list([.map(["Fn::Equals": .list([.map(["Ref": "TopicArn"]), ""])])])
                ])
            ]),
            "Resources": .map(
                Dictionary(alarms.map { ($0.id, $0.alarm) }, uniquingKeysWith: { first, _ in first })),
        ])
    }
}

/// A value of a CloudFormation template in JSON.
indirect enum TemplateValue: Encodable, Equatable, ExpressibleByStringLiteral {
    case text(String)
    case number(Double)
    case flag(Bool)
    case list([TemplateValue])
    case map([String: TemplateValue])

    init(stringLiteral value: String) { self = .text(value) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        // Whole numbers without a decimal point, as CloudFormation's integer properties want them.
        case .number(let number):
            if let whole = Int(exactly: number) {
                try container.encode(whole)
            } else {
                try container.encode(number)
            }
        case .flag(let flag): try container.encode(flag)
        case .list(let items): try container.encode(items)
        case .map(let entries): try container.encode(entries)
        }
    }

    /// JSON for people: indented, keys sorted, a line feed at the end.
    func rendered() throws(AlertingError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return VisibleText.escapedJSON(String(decoding: try encoder.encode(self), as: UTF8.self)) + "\n"
        } catch {
            throw .unwritableBody(reason: "\(error)")
        }
    }
}
