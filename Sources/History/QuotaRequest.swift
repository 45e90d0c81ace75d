import QuotaModel
import System

/// How a higher quota is asked for, and what AWS asks then.
extension QuotaReport {
    /// Whether AWS Support takes the request: what Service Quotas does not process although it calls the quota adjustable
    /// (page quotas-mantle), and what it does not adjust (page quotas: "through the limit increase form").
    private func isForSupport(_ pool: QuotaPool) -> Bool { pool.scope == .mantle || isAdjustable == false }

    /// The AWS CLI's line that asks for the higher quota; nil when none is needed or possible.
    package func requestCommand(for pool: QuotaPool) -> String? {
        guard !isForSupport(pool), let desiredValue, let code = quota.code else { return nil }
        return "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code \(code)"
            + " --desired-value \(PlainNumber.shown(desiredValue)) --region \(pool.region)"
    }

    /// The quota's page in the Service Quotas console of its Region; nil without a code, and in partitions whose console
    /// has no public name.
    package func consoleURL(for pool: QuotaPool) -> String? {
        guard let code = quota.code, let domain = Partition(region: pool.region).consoleDomain else {
            return nil
        }
        return "https://\(pool.region).\(domain)/servicequotas/home/services/bedrock/quotas/\(code)"
    }

    /// What AWS Support's form asks for, where Service Quotas does not process a request; nil when none is needed or
    /// possible.
    package func supportRequest(for pool: QuotaPool, _ questionnaire: QuotaQuestionnaire) -> String? {
        guard isForSupport(pool), let desiredValue, let code = quota.code else { return nil }
        let lines = [
            "Service: Amazon Bedrock",
            "Endpoint: \(pool.scope == .mantle ? "bedrock-mantle" : "bedrock-runtime")",
            "Region: \(pool.region)", "Model: \(pool.model)", "Quota: \(quota.kind.name) (\(code))",
            "Current value: \(PlainNumber.shown(quota.limit))",
            "Requested value: \(PlainNumber.shown(desiredValue))",
        ]
        return (lines + questionnaire.answers.map { "\($0.question): \($0.answer)" }).joined(separator: "\n")
    }
}

extension QuotaQuestionnaire {
    /// AWS Support's questions in its words, each with what is known.
    package var answers: [(question: String, answer: String)] {
        var answers = figures.map { ("Steady State \($0.kind.unit)", Self.number($0.steady)) }
        answers += figures.map { ("Peak State \($0.kind.unit)", Self.peak($0)) }
        answers += [
            ("Average Input Tokens per Request", input),
            ("Average Output Tokens per Request", Self.number(outputTokensPerRequest)),
            (
                "Percentage of Requests with more than 25k Input Tokens",
                "\(Self.notKnown): CloudWatch tells of no single request"
            ),
        ]
        answers += figures.map { ("Growth of the daily peak \($0.kind.unit)", Self.growth($0)) }
        answers.append(("Model Lifecycle", status))
        return answers
    }

    /// What stands before a request that AWS will refuse; nil for a model that it still raises quotas for.
    package var warning: String? {
        lifecycle?.isLegacy == true
            ? "AWS grants no increases for legacy models: plan the move to a newer one." : nil
    }

    private static let notKnown = "not known"

    private var status: String {
        guard let lifecycle else { return Self.notKnown }
        let phrase = lifecycle.phrase { JSONDocument.time($0).prefix(10) }
        guard lifecycle.isLegacy == false else { return phrase }
        return phrase.isEmpty ? "active" : "active, \(phrase)"
    }

    private var input: String {
        let written = cacheWriteTokensPerRequest.flatMap { $0 > 0 ? Grouped.digits($0) : nil }
        return Self.number(inputTokensPerRequest)
            + (written.map { ", and \($0) written to the prompt cache" } ?? "")
    }

    private static func number(_ value: Double?) -> String { value.map(Grouped.digits) ?? notKnown }

    private static func peak(_ figure: Figure) -> String {
        guard let minute = figure.peakMinute else { return number(figure.peak) }
        return "\(number(figure.peak)) at \(JSONDocument.time(Double(minute.epochSeconds)))"
    }

    private static func growth(_ figure: Figure) -> String {
        figure.growth.map { GrowthText.text($0, days: figure.trendDays) }
            ?? "\(notKnown): \(figure.trendDays) whole days, \(Forecast.minimumDays) are needed"
    }
}

/// How a trend is told.
enum GrowthText {
    static func text(_ growth: WeekdayTrend, days: Int) -> String {
        let interval = [growth.low, growth.high].map { $0.isFinite ? rate($0) : "unknown" }
        return "\(growth.isGrowing ? rate(growth.slope) + " a day" : "none is certain")"
            + " (98 % interval \(interval[0]) to \(interval[1]) a day) over \(days) days"
    }

    /// Small ones with a decimal place: few requests more a day are growth as well.
    private static func rate(_ value: Double) -> String {
        value.magnitude < 10 ? PlainNumber.shown((value * 10).rounded() / 10) : Grouped.digits(value)
    }
}

extension QuotaKind {
    /// As AWS names it.
    fileprivate var name: String {
        let words = rawValue.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// As AWS Support abbreviates it; the raw value of those that it never asks of.
    package var unit: String {
        switch self {
        case .tokensPerMinute: "TPM"
        case .requestsPerMinute: "RPM"
        case .inputTokensPerMinute: "Input TPM"
        case .outputTokensPerMinute: "Output TPM"
        case .tokensPerDay, .batchJobs, .customModelBatchJobs: rawValue
        }
    }
}
