import QuotaModel

/// What an episode of throttling shows, in words for terminals, pages and alerts.
extension ThrottleJudgement {
    /// The figure that decided, in a few words.
    package var keyFigure: String {
        let figures = evidence
        switch cause {
        case .tokensPerMinute:
            return Self.share(figures.tokensPerMinuteRatio, figures.tokensPerMinuteLimit, "TPM")
        case .requestsPerMinute:
            return Self.share(figures.requestsPerMinuteRatio, figures.requestsPerMinuteLimit, "RPM")
        case .dailyQuota:
            if let ratio = figures.tokensPerDayRatio, ratio >= 0.9 {
                return Self.share(ratio, figures.tokensPerDayLimit, "TPD")
            }
            return figures.modelsThrottled.map { "\($0) models at once" } ?? "until 00:00 UTC"
        case .reservation:
            let factor = figures.reservationFactor.map { ", \(Self.factor($0)) reserved" } ?? ""
            return "\(Self.percent(evidence.tokensPerMinuteRatio)) used\(factor)"
        case .burstWithinMinute: return "\(Self.percent(level)) of a minute"
        case .capacity: return "\(Figure.count(figures.serverErrors)) server errors"
        case .unknown: return figures.doubt?.words ?? "not known"
        }
    }

    /// What the figures say, in a sentence.
    package var finding: String {
        let figures = evidence
        switch cause {
        case .tokensPerMinute:
            let used = Self.used(
                figures.peakTokensPerMinute, figures.tokensPerMinuteLimit, figures.tokensPerMinuteLimitSource)
            return "The highest minute took \(used) tokens per minute."
        case .requestsPerMinute:
            let used = Self.used(
                figures.peakRequestsPerMinute, figures.requestsPerMinuteLimit,
                figures.requestsPerMinuteLimitSource)
            return "The highest minute took \(used) requests per minute."
        case .dailyQuota: return dailyFinding
        case .reservation:
            let factor = figures.reservationFactor.map(Self.factor) ?? "many times"
            return
                "The highest minute took \(Self.percent(figures.tokensPerMinuteRatio)) of its tokens. About "
                + "\(Self.number(figures.requestsInFlight)) requests in flight that held "
                + "\(Self.number(figures.reservedTokensPerRequest)) tokens each, \(factor) what they used, would explain it."
        case .burstWithinMinute:
            return "No minute was full, the highest took \(Self.percent(level)): seconds of it were."
        case .capacity:
            return
                "AWS failed \(Figure.count(figures.serverErrors)) requests in \(figures.throttledMinutes) minutes, "
                + "and quotas refused few or none."
        case .unknown:
            return "What is known does not say why: \(figures.doubt?.sentence ?? "figures are missing")."
        }
    }

    private var dailyFinding: String {
        let figures = evidence
        if figures.tokensPerDayRatio ?? 0 >= 0.9 {
            let used = Self.used(
                figures.tokensSinceMidnight, figures.tokensPerDayLimit, figures.tokensPerDayLimitSource)
            return "\(used) tokens of the day were used, and no minute was full."
        }
        if let models = figures.modelsThrottled, let minutes = figures.allModelsThrottledMinutes {
            return
                "All \(models) models that were called were throttled together in \(minutes) minutes, none near a "
                + "quota of its minutes: the daily quota that they share seems used up."
        }
        return
            "Hardly a request was accepted up to 00:00 UTC while no minute was near its limit, and requests were "
            + "accepted after it."
    }

    /// What to do, in a sentence.
    package var advice: String {
        switch cause {
        case .tokensPerMinute:
            "Shed or reroute load, for example to another inference profile, and ask for more tokens per minute."
        case .requestsPerMinute:
            "Put more into each request or send fewer, and ask for more requests per minute."
        case .dailyQuota:
            "The day's quota begins anew at 00:00 UTC: move what cannot wait to another Region or account, and ask "
                + "for a higher one."
        case .reservation:
            "Set max_tokens near what answers need: input and max_tokens are reserved until a request ends."
        case .burstWithinMinute:
            "Spread requests over the minute: limit their rate in the client, and retry with back-off and jitter."
        case .capacity:
            "Retry with back-off, or use another Region or a cross-Region profile: a higher quota does not help."
        case .unknown: evidence.doubt?.advice ?? ThrottleDoubt.contradictory.advice
        }
    }

    // MARK: Parts

    /// Of tokens or requests, whichever came nearer to its limit.
    private var level: Double? {
        [evidence.tokensPerMinuteRatio, evidence.requestsPerMinuteRatio].compactMap { $0 }.max()
    }

    private static func share(_ ratio: Double?, _ limit: Double?, _ unit: String) -> String {
        guard let ratio, let limit else { return "\(unit), figures unknown" }
        return "\(percent(ratio)) of \(Figure.count(limit)) \(unit)"
    }

    private static func used(_ used: Double?, _ limit: Double?, _ source: String?) -> String {
        "\(number(used)) of \(number(limit))\(source.map { " (limit: \($0))" } ?? "")"
    }

    private static func number(_ value: Double?) -> String {
        value.map(Figure.count) ?? "an unknown number of"
    }

    private static func percent(_ ratio: Double?) -> String {
        ratio.map { Figure.percent(($0 * 100).rounded() / 100) } ?? "an unknown share"
    }

    private static func factor(_ factor: Double) -> String {
        factor < 10 ? "\(Figure.number((factor * 10).rounded() / 10))x" : "\(Figure.count(factor))x"
    }
}

extension ThrottleCause {
    /// The name within a sentence.
    var phrase: String {
        switch self {
        case .dailyQuota: "the quota of the day"
        case .reservation: "tokens reserved by max_tokens"
        case .burstWithinMinute: "bursts within minutes"
        case .capacity: "AWS's capacity"
        case .unknown: "not known"
        case .tokensPerMinute, .requestsPerMinute: rawValue.replacing("_", with: " ")
        }
    }
}

extension ThrottleDoubt {
    fileprivate var words: String {
        switch self {
        case .noLimit: "no limit is known"
        case .notPermitted: "a limit is 0"
        case .notCovered: "minutes not covered"
        case .bothFull: "tokens and requests full"
        case .allRefused: "all refused, use low"
        case .mixed: "throttles and errors"
        case .reservationTooLarge: "use low, few in flight"
        case .noLatency: "use low, no latency"
        case .contradictory: "minutes differ"
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .noLimit: "no limit of a minute is known for the pool"
        case .notPermitted: "a limit is 0, which means that the use is not permitted"
        case .notCovered: "minutes around the throttles are not covered, or not settled yet"
        case .bothFull: "tokens and requests were both at their limits"
        case .allRefused:
            "nearly all requests were refused while use was low, and no quota of a day that is known explains it"
        case .mixed: "throttles and server errors came together"
        case .reservationTooLarge:
            "use was low, and too few requests were in flight for max_tokens to have filled the pool"
        case .noLatency:
            "use was low, and without a latency nothing says how many requests were in flight"
        case .contradictory: "some minutes were full or high and others low"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .noLimit: "Set the limit in quotas.overrides, or check the permission to list quotas."
        case .notPermitted: "Check the account's access to the model."
        case .notCovered: "Look again once the minutes have settled, or read what is missing with backfill."
        case .bothFull: "Lower the load, and ask for more tokens and requests per minute."
        case .allRefused:
            "See what the error says, and whether a quota of the day or a single request's max_tokens explains it."
        case .mixed: "Retry with back-off; see whether throttles remain once the server errors end."
        case .reservationTooLarge, .noLatency, .contradictory:
            "Look at max_tokens, at bursts of seconds, and at what the errors say."
        }
    }
}
