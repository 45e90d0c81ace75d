import QuotaModel

/// The changing part of an alert: what is now, what showed its condition, and what to do next. The state machine keeps of
/// the second what it was when the alert fired.
struct AlertAnnotations {
    private(set) var values: [String: String] = [:]

    /// Nothing new is known.
    init() {}

    /// - Parameters:
    ///   - summary: What is now, in one sentence, with account and Region.
    ///   - verdict: Nothing has to be done about a condition that surely does not hold.
    init(summary: String, description: String, next: String, _ verdict: Verdict, page: String?) {
        values["summary"] = summary
        values["description"] = description
        if case .quiet = verdict {} else { values["next_step"] = next }
        values["dashboard_url"] = page.map { $0 + "/" }
    }

    // MARK: A whole Region

    static func pollFailing(
        _ observation: AlertObservation, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let place = place(observation)
        guard let failure = observation.pollFailure else {
            return AlertAnnotations(
                summary: "\(place) is polled again.", description: "The last poll succeeded.", next: "",
                verdict, page: page)
        }
        return AlertAnnotations(
            summary: "\(place) cannot be polled.", description: "The last poll failed: \(failure).",
            next: observation.isStoreLost
                ? "Put the store's files back, or restart this daemon to go on with what lies there."
                : "Check credentials, permissions and the network of this daemon; see its log.",
            verdict, page: page)
    }

    static func stale(
        _ observation: AlertObservation, newest: Double, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let place = place(observation)
        let age = Figure.span(observation.now - newest)
        let time = Figure.time(newest)
        var annotations = AlertAnnotations(
            summary: verdict.isActive
                ? "\(place) has had no settled minute for \(age)."
                : "\(place) has settled minutes again, the newest \(age) old.",
            description: "Polls succeed; the newest settled minute ended at \(time).",
            next: "See whether CloudWatch is late and whether polls are throttled.", verdict, page: page)
        annotations.note(now: age, verdict)
        annotations.note("since", time)
        return annotations
    }

    static func late(
        _ observation: AlertObservation, lag: Double, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let place = place(observation)
        let span = Figure.span(lag)
        let newest = Figure.time(observation.now - lag)
        var annotations =
            verdict.isActive
            ? AlertAnnotations(
                summary: "CloudWatch delivers \(place) \(span) late.",
                description:
                    "The newest data are of \(newest). Minutes since then are unknown; alerts that fire hold.",
                next:
                    "See the AWS Health Dashboard for CloudWatch. Nothing is lost: what comes late is read.",
                verdict, page: page)
            : AlertAnnotations(
                summary: "CloudWatch delivers \(place) in time again.",
                description: "It is \(span) behind. What came late was read.", next: "", verdict, page: page)
        annotations.note(now: span, verdict)
        annotations.note("since", newest)
        return annotations
    }

    static func unmapped(
        _ model: UnmappedTraffic, in observation: AlertObservation, _ verdict: Verdict, page: String?
    ) -> AlertAnnotations {
        let subject = "\(ModelIDName.phrase(model.modelID, name: model.name)) in \(place(observation))"
        let time = Figure.time(Double(model.lastMinute.epochSeconds))
        var annotations = AlertAnnotations(
            summary: verdict.isActive
                ? "\(subject) has traffic but no quota that is known."
                : "\(subject) has had no traffic since \(time); its quota is still not known.",
            description: "Its use is counted for no quota. Reason: \(model.reason).",
            next: "Set its quota in quotas.overrides, or check the permission to list quotas and profiles.",
            verdict, page: page)
        annotations.note("since", time)
        return annotations
    }

    private static func place(_ observation: AlertObservation) -> String {
        "\(observation.region) of account \(observation.account)"
    }

    // MARK: Parts

    mutating func note(_ name: String, _ value: String?) { values[name] = value }

    /// The figure of now, and of what shows the condition while it holds.
    mutating func note(now: String, condition: String? = nil, _ verdict: Verdict) {
        values["now"] = now
        values["when_fired"] = verdict.isActive ? condition ?? now : nil
    }

    /// Why the throttling that goes on is as it is, as far as the minutes say by now.
    mutating func note(_ episode: ThrottleEpisode?, _ verdict: Verdict) {
        guard let episode, case .active(let from, _) = verdict,
            Double(episode.minutes.upperBound.epochSeconds) > from
        else { return }
        let judgement = episode.judgement
        values["throttle_cause"] = judgement.cause.rawValue
        values["description", default: ""] += " Cause: \(judgement.cause.phrase). \(judgement.finding)"
        if judgement.cause != .unknown { values["next_step"] = judgement.advice }
    }

    mutating func note(_ shares: [ModelShare]) {
        guard !shares.isEmpty else { return }
        let sorted = shares.sorted { ($1.share, $0.modelID) < ($0.share, $1.modelID) }
        var names = sorted.prefix(AlertLimits.namedModelIDs).map {
            "\(ModelIDName.phrase($0.modelID, name: $0.name)) (\(Figure.percent($0.share)))"
        }
        if sorted.count > names.count { names.append("\(sorted.count - names.count) more") }
        values["model_ids"] = names.joined(separator: ", ")
    }
}

extension Verdict {
    var isActive: Bool {
        guard case .active = self else { return false }
        return true
    }

    /// When the condition began, for people; nil when it does not hold.
    var begin: String? {
        guard case .active(let from, _) = self else { return nil }
        return Figure.time(from)
    }
}

extension QuotaPool {
    /// The name within a sentence.
    var phrase: String { "\(model) (\(scope.rawValue)) in \(region) of account \(account)" }
}

extension QuotaKind {
    /// The name within a sentence.
    var phrase: String { rawValue.replacing("_", with: " ") }
}
