import QuotaModel
import System

/// Section `quotas`.
enum QuotasSection {
    static let fields: [Field<Configuration>] = [
        .list(
            "overrides", \.quotas.overrides, of: overrideFields, atMost: 1000,
            "Limits that replace those of Service Quotas.",
            SectionRules(anyOf: [QuotaKind.allCases.map(\.rawValue)]), read: overrides),
        .list(
            "burndown_rates", \.quotas.rates.overrides, of: rateFields, atMost: 200,
            "Burndown rates that replace measured and built-in ones.", read: rates),
        .list(
            "reservations", \.quotas.reservations, of: reservationFields, atMost: 200,
            "Sizes of reserved capacity, which no interface of AWS lists.", read: reservations),
    ]

    // MARK: Overrides

    private static let overrideFields: [Field<QuotaOverride>] =
        [
            .optional("account", \.account, .account, "The account; without it all."),
            .optional("region", \.region, .region, "The source Region; without it all."),
            .optional("scope", \.scope, .scope, "\(InferenceScope.words); without it all."),
            .required(
                "model", \.model, .modelPattern,
                "The base model ID, or its beginning followed by `*`; required."),
        ]
        + QuotaKind.allCases.map { kind in
            // A quota of 0 means "not permitted".
            .optional(
                kind.rawValue, \.limits[kind], .number(0...1e15),
                "The limit; 0 means not permitted. At least one limit is required.", isOmitted: true)
        }

    private static func overrides(
        _: SectionReader, _ sections: [SectionReader], _ configuration: inout Configuration
    ) {
        for section in sections {
            let kinds = QuotaKind.allCases.filter { section.has($0.rawValue) }
            if kinds.isEmpty {
                section.report(
                    "sets no quota; allowed: one or more of \(QuotaKind.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            var value = QuotaOverride(model: "", limits: [:])
            overrideFields.read(section, &value)
            if let scope = value.scope { check(kinds, of: scope, section) }
            guard !value.model.text.isEmpty, !value.limits.isEmpty else { continue }
            AccountsSection.check(
                account: value.account, region: value.region, against: configuration.namedAccounts, section)
            let above = configuration.quotas.overrides
            if let kind = above.lazy.compactMap({ value.repeated(from: $0) }).first {
                section.report(kind.rawValue, "an override above sets the same quota; allowed: once")
            }
            configuration.quotas.overrides.append(value)
        }
    }

    private static func check(_ kinds: [QuotaKind], of scope: InferenceScope, _ section: SectionReader) {
        for kind in kinds where !scope.quotaKinds.contains(kind) {
            let allowed = scope.quotaKinds.map(\.rawValue).joined(separator: ", ")
            section.report(kind.rawValue, "is no quota of scope \(scope.rawValue); allowed: \(allowed)")
        }
    }

    // MARK: Reservations

    private static let reservationFields: [Field<Reservation>] = [
        .optional("account", \.account, .account, "The account; without it all."),
        .optional("region", \.region, .region, "The source Region; without it all."),
        .value(
            "scope", \.route, .route,
            "How the reserved calls are routed: \(Reservation.routes.map(\.rawValue).joined(separator: ", "))."
        ),
        .required(
            "model", \.model, .modelPattern,
            "The base model ID, or its beginning followed by `*`; required."),
        .required(
            "input_tokens_per_minute", \.inputTokensPerMinute, .number(1...1e15),
            "Reserved input tokens, those written to the prompt cache among them; required."),
        .required(
            "output_tokens_per_minute", \.outputTokensPerMinute, .number(1...1e15),
            "Reserved output tokens; required."),
    ]

    private static func reservations(
        _: SectionReader, _ sections: [SectionReader], _ configuration: inout Configuration
    ) {
        for section in sections {
            var value = Reservation(model: "", inputTokensPerMinute: 0, outputTokensPerMinute: 0)
            reservationFields.read(section, &value)
            guard !value.model.text.isEmpty, value.inputTokensPerMinute > 0, value.outputTokensPerMinute > 0
            else { continue }
            AccountsSection.check(
                account: value.account, region: value.region, against: configuration.namedAccounts, section)
            let isRepeated = configuration.quotas.reservations.contains {
                ($0.account, $0.region, $0.route) == (value.account, value.region, value.route)
                    && $0.model == value.model
            }
            if isRepeated { section.report("model", "a reservation above is of the same; allowed: once") }
            configuration.quotas.reservations.append(value)
        }
    }

    // MARK: Burndown rates

    private static let rateFields: [Field<BurndownOverride>] = [
        .required(
            "model", \.model, .modelPattern,
            "The base model ID, or its beginning followed by `*`; required."),
        .required(
            "rate", \.rate, .number(0.01...1000), "Quota tokens that one output token costs; required."),
    ]

    private static func rates(
        _: SectionReader, _ sections: [SectionReader], _ configuration: inout Configuration
    ) {
        for section in sections {
            var value = BurndownOverride(model: "", rate: 0)
            rateFields.read(section, &value)
            guard !value.model.text.isEmpty, value.rate > 0 else { continue }
            if configuration.quotas.rates.overrides.contains(where: { $0.model == value.model }) {
                section.report("model", "\(Shown.value(value.model.text)) has a rate above; allowed: once")
            }
            configuration.quotas.rates.overrides.append(value)
        }
    }
}

extension InferenceScope {
    /// For the manual.
    static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension QuotaOverride {
    /// The first quota that both overrides set for the very same selection.
    fileprivate func repeated(from other: QuotaOverride) -> QuotaKind? {
        guard
            (account, region, scope) == (other.account, other.region, other.scope), model == other.model
        else { return nil }
        return limits.keys.sorted().first { other.limits[$0] != nil }
    }
}
