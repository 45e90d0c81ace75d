import Alerting
import Exposition
import QuotaModel
import System

/// `GET /api/v1/throttles` and `throttles --format json`: episodes, the newest first.
package struct ThrottlesDocument: Encodable {
    struct Episode: Encodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let start: String
        let end: String
        let minutes: Int
        let throttles: Double
        let cause: String
        let keyFigure: String
        let finding: String
        let advice: String
        let evidence: ThrottleEvidence
        let judgedAt: String
        let settled: Bool

        init(_ episode: ThrottleEpisode) {
            account = episode.pool.account
            region = episode.pool.region
            scope = episode.pool.scope.rawValue
            model = episode.pool.model
            start = CivilTime.text(episode.minutes.lowerBound.epochSeconds)
            end = CivilTime.text(episode.minutes.upperBound.epochSeconds)
            minutes = episode.minutes.count
            throttles = episode.throttles
            cause = episode.cause.rawValue
            keyFigure = episode.judgement.keyFigure
            finding = episode.judgement.finding
            advice = episode.judgement.advice
            evidence = episode.evidence
            judgedAt = CivilTime.text(episode.judgedAt)
            settled = episode.isSettled
        }
    }

    let start: String
    let end: String
    let episodes: [Episode]
    /// Older ones that found no place.
    let leftOut: Int
    /// Why there are none.
    let empty: Nullable<String>

    package init(_ answer: ThrottleAnswer) {
        start = CivilTime.text(answer.range.lowerBound.epochSeconds)
        end = CivilTime.text(answer.range.upperBound.epochSeconds)
        episodes = answer.episodes.map(Episode.init)
        leftOut = answer.leftOut
        empty = Nullable(answer.emptiness?.rawValue)
    }
}

/// Episodes as RFC 4180 has it; an empty field is not known or does not matter.
package enum ThrottlesCSV {
    private static let figures: [(name: String, value: @Sendable (ThrottleEvidence) -> Double?)] = [
        ("throttled_minutes", { Double($0.throttledMinutes) }),
        ("covered_minutes", { Double($0.coveredMinutes) }), ("requests", { $0.requests }),
        ("throttled_share", { $0.throttledShare }), ("server_errors", { $0.serverErrors }),
        ("peak_tokens_per_minute", { $0.peakTokensPerMinute }),
        ("tokens_per_minute_limit", { $0.tokensPerMinuteLimit }),
        ("peak_requests_per_minute", { $0.peakRequestsPerMinute }),
        ("requests_per_minute_limit", { $0.requestsPerMinuteLimit }),
        ("tokens_since_midnight", { $0.tokensSinceMidnight }),
        ("tokens_per_day_limit", { $0.tokensPerDayLimit }), ("requests_in_flight", { $0.requestsInFlight }),
        ("reserved_tokens_per_request", { $0.reservedTokensPerRequest }),
        ("reservation_factor", { $0.reservationFactor }),
    ]

    package static func bytes(_ answer: ThrottleAnswer) -> [UInt8] {
        var bytes: [UInt8] = []
        let names = ["start", "end", "minutes", "account", "region", "scope", "model", "throttles", "cause"]
        UsageCSVWriter.append(
            names + figures.map(\.name) + ["doubt", "settled", "finding", "advice"], to: &bytes)
        for episode in answer.episodes {
            let pool = episode.pool
            var fields = [
                CivilTime.text(episode.minutes.lowerBound.epochSeconds),
                CivilTime.text(episode.minutes.upperBound.epochSeconds), String(episode.minutes.count),
            ]
            fields += [pool.account, pool.region, pool.scope.rawValue, pool.model].map(UsageCSVWriter.cell)
            fields += [UsageCSVWriter.number(episode.throttles), episode.cause.rawValue]
            fields += figures.map { UsageCSVWriter.number($0.value(episode.evidence)) }
            fields += [episode.evidence.doubt?.rawValue ?? "", episode.isSettled ? "true" : "false"]
            fields += [episode.judgement.finding, episode.judgement.advice].map(UsageCSVWriter.cell)
            UsageCSVWriter.append(fields, to: &bytes)
        }
        return bytes
    }
}
