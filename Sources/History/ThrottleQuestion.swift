import QuotaModel
import System
import UsageStore

/// A question about episodes of throttling, out of flags or of a URL's parameters.
package struct ThrottleQuestion: Sendable {
    /// More episodes are counted, not told.
    package static let maximumEpisodes = 1_000
    private static let parameters: [UsageParameters.Parameter] = [
        .start, .end, .account, .region, .scope, .model, .format,
    ]
    package static let causeName = "cause"
    package static let defaultStart = "-7d"

    package let parameters: UsageParameters
    /// Nil for all.
    package let cause: ThrottleCause?

    /// - Parameters:
    ///   - items: Names as the surface spells them.
    ///   - formats: What the surface can answer, the default first.
    ///   - now: Unix seconds.
    package static func read(
        _ items: [(name: String, value: String)], surface: UsageParameters.Surface,
        formats: [UsageParameters.Format], now: Int
    ) throws(UsageRequestError) -> ThrottleQuestion {
        let prefix = surface == .commandLine ? "--" : ""
        let known = parameters.map(\.rawValue) + [causeName]
        for (name, _) in items where !known.contains(name) {
            throw UsageRequestError(
                "unknown parameter \(VisibleText.quoted(name)); the parameters are "
                    + known.map { prefix + $0 }.joined(separator: ", "))
        }
        let causes = items.filter { $0.name == causeName }
        guard causes.count < 2 else { throw UsageRequestError("\(prefix)\(causeName) is given twice") }
        var asked = items.filter { $0.name != causeName }
        if !asked.contains(where: { $0.name == "start" }) { asked.append(("start", defaultStart)) }
        asked.append(("step", "1m"))
        return ThrottleQuestion(
            parameters: try UsageParameters.read(asked, surface: surface, formats: formats, now: now),
            cause: try causes.first.map { (item) throws(UsageRequestError) in
                try cause(item.value, prefix)
            })
    }

    private static func cause(_ text: String, _ prefix: String) throws(UsageRequestError) -> ThrottleCause {
        guard let cause = ThrottleCause(rawValue: text) else {
            throw UsageRequestError(
                "\(prefix)\(causeName): \(VisibleText.quoted(text)) is not a cause; allowed: "
                    + ThrottleCause.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return cause
    }

    package var range: Range<Minute> { parameters.query.range }

    /// The answer; a filter's value that the store does not know is refused with those that it does.
    package func answer(from reader: UsageReader) async throws -> ThrottleAnswer {
        let series = try parameters.matching(try await reader.series())
        let query = parameters.query
        let (episodes, leftOut) = try await reader.episodes(
            query, cause: cause, atMost: Self.maximumEpisodes)
        let presence = episodes.isEmpty ? try await reader.presence(query) : nil
        return ThrottleAnswer(
            range: range, episodes: episodes, leftOut: leftOut, cause: cause,
            emptiness: presence.map(ThrottleAnswer.Emptiness.init),
            knownFrom: series.compactMap(\.firstKnown).min())
    }
}

/// Episodes of throttling, the newest first, and why there are none.
package struct ThrottleAnswer: Sendable {
    package enum Emptiness: String, Sendable {
        /// There was traffic, and no episode that was asked for.
        case noThrottles = "no_throttles"
        /// Nothing was called in the minutes that are covered.
        case noTraffic = "no_traffic"
        /// No minute has been asked for, so nothing is known.
        case noCoverage = "no_coverage"

        init(_ presence: UsagePresence) {
            self = presence.hasTraffic ? .noThrottles : presence.isCovered ? .noTraffic : .noCoverage
        }
    }

    package let range: Range<Minute>
    package let episodes: [ThrottleEpisode]
    /// Older ones that found no place.
    package let leftOut: Int
    let cause: ThrottleCause?
    package let emptiness: Emptiness?
    let knownFrom: Minute?

    package init(
        range: Range<Minute>, episodes: [ThrottleEpisode], leftOut: Int, cause: ThrottleCause? = nil,
        emptiness: Emptiness? = nil, knownFrom: Minute? = nil
    ) {
        self.range = range
        self.episodes = episodes
        self.leftOut = leftOut
        self.cause = cause
        self.emptiness = emptiness
        self.knownFrom = knownFrom
    }

    /// One sentence for people; nil when all is told.
    var note: String? {
        let between =
            "between \(CivilTime.text(range.lowerBound.epochSeconds)) and \(CivilTime.text(range.upperBound.epochSeconds))"
        let what = cause.map { "throttling of cause \($0.rawValue)" } ?? "throttling"
        switch emptiness {
        case .noThrottles?: return "No \(what) is known \(between)."
        case .noTraffic?: return "No traffic \(between), so nothing was throttled."
        case .noCoverage?:
            let first = knownFrom.map { "what is known begins at \(CivilTime.text($0.epochSeconds))" }
            return
                "No coverage \(between): these minutes have not been read from CloudWatch; \(first ?? "nothing is known yet")."
        case nil:
            return leftOut > 0
                ? "\(Grouped.digits(leftOut)) older episodes are left out; take a shorter range or a filter."
                : nil
        }
    }
}
