/// The burndown rate out of minutes in which AWS's own weighted count stands beside the tokens.
///
/// A minute can tell whole rates apart when the allowed error is less than half an output token's weight; others, such
/// as those that are nearly all input, are left out. Estimates that came late or in part disagree, and a few may.
package struct BurndownFit: Sendable {
    /// Fewer telling minutes than this measure nothing.
    package static let minimumMinutes = 30
    /// The share of the telling minutes that the rate must explain.
    package static let agreement = 0.95
    /// A minute is explained when the weighted tokens lie within this share of the estimate, or one token.
    package static let tolerance = 0.005
    /// The newest telling minutes kept, so that a fit of many pools stays small.
    package static let maximumMinutes = 360
    /// The range of rates that AWS might use; what lies outside is an error in the data.
    package static let rates = 0.5...100.0

    private struct Sample {
        let weighted: Double
        let output: Double
        let estimate: Double

        var ratio: Double { weighted / output }

        func isExplained(by rate: Double) -> Bool {
            (weighted - rate * output).magnitude <= max(1, BurndownFit.tolerance * estimate)
        }
    }

    private var samples: [Sample] = []
    private var next = 0

    package init() {}

    /// How many telling minutes there are, up to the bound.
    package var minuteCount: Int { samples.count }

    /// Takes one model ID's minute, in the order of time; a minute without estimate or output tells nothing.
    package mutating func add(_ minute: UsageMinute) {
        guard let estimate = minute.estimatedQuotaTokens, let output = minute.outputTokens, output > 0,
            Self.tolerance * estimate < 0.5 * output, output > 2
        else { return }
        let weighted = estimate - (minute.inputTokens ?? 0) - (minute.cacheWriteInputTokens ?? 0)
        let sample = Sample(weighted: weighted, output: output, estimate: estimate)
        if samples.count < Self.maximumMinutes {
            samples.append(sample)
        } else {
            samples[next] = sample
            next = (next + 1) % Self.maximumMinutes
        }
    }

    /// The rate that explains the minutes, a whole one if any does, else one in tenths; nil when there are too few
    /// minutes or they do not agree.
    package var rate: BurndownRate? {
        guard samples.count >= Self.minimumMinutes else { return nil }
        let ratios = samples.map(\.ratio).sorted()
        let median = ratios[ratios.count / 2]
        for candidate in [median.rounded(), (median * 10).rounded() / 10] {
            guard Self.rates.contains(candidate), explains(candidate) else { continue }
            return BurndownRate(value: candidate, source: .measured)
        }
        return nil
    }

    private func explains(_ rate: Double) -> Bool {
        let explained = samples.count { $0.isExplained(by: rate) }
        return Double(explained) >= Self.agreement * Double(samples.count)
    }
}

/// A rate of AWS's page that the account's own minutes contradict.
package struct BurndownMismatch: Equatable, Sendable {
    package let tableRate: Double
    package let measuredRate: Double
}

extension BurndownTable {
    /// The contradiction between the page's rate and a measured one; nil where they agree, where nothing was measured,
    /// and where the page's rate is not the one in use.
    package func mismatch(
        ofModel model: String, scope: InferenceScope, measured: BurndownRate?
    ) -> BurndownMismatch? {
        guard let measured, scope.isWeighed else { return nil }
        let used = rate(ofModel: model, scope: scope, measured: measured)
        guard used.source == .table, used.value != measured.value else { return nil }
        return BurndownMismatch(tableRate: used.value, measuredRate: measured.value)
    }
}
