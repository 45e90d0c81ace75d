import QuotaModel

/// What makes an alert the same alert: its rule and labels that never change while it lasts.
package struct AlertIdentity: Hashable, Sendable, Comparable {
    package let kind: AlertKind
    package let account: String
    package let region: String
    /// Nil for alerts of a whole Region or of a model ID without pool.
    package let scope: InferenceScope?
    package let model: String?
    package let quota: QuotaKind?
    package let cause: ThrottlingCause?
    package let modelID: String?

    /// From all parts, as they were stored.
    package init(
        _ kind: AlertKind, account: String, region: String, scope: InferenceScope?, model: String?,
        quota: QuotaKind?, cause: ThrottlingCause?, modelID: String?
    ) {
        self.kind = kind
        self.account = account
        self.region = region
        self.scope = scope
        self.model = model
        self.quota = quota
        self.cause = cause
        self.modelID = modelID
    }

    /// An alert of a whole Region, or of one model ID in it.
    package init(_ kind: AlertKind, account: String, region: String, modelID: String? = nil) {
        self.kind = kind
        self.account = account
        self.region = region
        scope = nil
        model = nil
        quota = nil
        cause = nil
        self.modelID = modelID
    }

    /// An alert of a pool.
    package init(
        _ kind: AlertKind, pool: QuotaPool, quota: QuotaKind? = nil, cause: ThrottlingCause? = nil
    ) {
        self.kind = kind
        account = pool.account
        region = pool.region
        scope = pool.scope
        model = pool.model
        self.quota = quota
        self.cause = cause
        modelID = nil
    }

    /// The pool, where the alert has one.
    package var pool: QuotaPool? {
        guard let scope, let model else { return nil }
        return QuotaPool(account: account, region: region, scope: scope, model: model)
    }

    /// The warning that this alert includes, of the same subject.
    var included: AlertIdentity? { kind.included.map(with) }

    /// The critical alert that includes this one.
    package var including: AlertIdentity? { AlertKind.allCases.first { $0.included == kind }.map(with) }

    private func with(_ kind: AlertKind) -> AlertIdentity {
        AlertIdentity(
            kind, account: account, region: region, scope: scope, model: model, quota: quota, cause: cause,
            modelID: modelID)
    }

    package var severity: AlertSeverity { kind.severity }

    /// As receivers see it; no empty values, because Alertmanager drops those.
    package var labels: [String: String] {
        var labels = [
            "alertname": kind.rawValue, "severity": severity.rawValue, "account": account, "region": region,
        ]
        labels["scope"] = scope?.rawValue
        labels["model"] = model
        labels["quota"] = quota?.rawValue
        labels["cause"] = cause?.rawValue
        labels["model_id"] = modelID
        return labels.filter { !$0.value.isEmpty }
    }

    /// What the alert is about, within a sentence.
    private var subject: String {
        if let pool { return pool.phrase }
        let place = "\(region) of account \(account)"
        return modelID.map { "\($0) in \(place)" } ?? place
    }

    /// Why the alert ended; nil when its condition is over or it did not end, which its figures tell.
    func ending(_ reason: AlertTransition.Reason) -> String? {
        switch reason {
        case .conditionMet, .conditionOver, .criticalOver: nil
        case .ruleRemoved: "\(subject): \(kind.rawValue) was switched off."
        case .regionRemoved: "\(subject): the Region is no longer polled."
        case .subjectGone where kind == .unmappedModel: "\(subject) has a quota now, or is no longer used."
        case .subjectGone: "\(subject) has not been seen for a quarter of an hour."
        case .quotaGone:
            "\(subject): the limit of its \(quota?.phrase ?? "quota") is 0 now, which permits no use."
        }
    }

    package static func < (a: Self, b: Self) -> Bool {
        let first = (a.kind, a.account, a.region, a.scope?.rawValue ?? "", a.model ?? "")
        let second = (b.kind, b.account, b.region, b.scope?.rawValue ?? "", b.model ?? "")
        guard first == second else { return first < second }
        return (a.quota?.rawValue ?? "", a.cause?.rawValue ?? "", a.modelID ?? "")
            < (b.quota?.rawValue ?? "", b.cause?.rawValue ?? "", b.modelID ?? "")
    }
}
