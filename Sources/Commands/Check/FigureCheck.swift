import AWSClient
import QuotaModel
import Reading
import System

/// Tells what the figures of a Region's model IDs rest on: their quotas, burndown rates and lifecycles.
struct FigureCheck {
    /// What the configuration says of them.
    struct Settings: Sendable {
        let overrides: [QuotaOverride]
        let rates: BurndownTable
        let plan: PollPlan
        /// From which its model's end is worth a warning.
        let endOfLifeDays: Int
    }

    let settings: Settings
    let region: String
    let catalog: QuotaCatalog
    let report: CheckReport

    func line(for modelID: String, now: Double) -> CheckLine {
        let subject = "\(region) model ID \(modelID)"
        let resolution = catalog.resolution(of: modelID)
        switch resolution.assignment {
        case .unmapped(let reason):
            return CheckLine(
                .warn, subject, "unmapped (\(reason.rawValue)): \(resolution.explanation ?? "no quota")")
        case .pool(let scope, let model):
            let rate = settings.rates.rate(ofModel: model, scope: scope)
            let quotas = catalog.quotas(scope: scope, model: model).map { quota in
                "\(quota.kind.rawValue) \(Grouped.digits(quota.limit)) (\(quota.source.rawValue)"
                    + (quota.code.map { ", \($0)" } ?? "") + ")"
            }
            let lifecycle = catalog.lifecycle(ofModel: model)
            let isEnding = lifecycle?.isEnding(within: settings.endOfLifeDays, now: now) == true
            let phrase = lifecycle?.phrase { JSONDocument.time($0).prefix(10) } ?? ""
            return CheckLine(
                isEnding ? .warn : .ok, subject,
                "\(scope.rawValue) \(model), output x\(PlainNumber.shown(rate.value)) (\(rate.source.rawValue)); "
                    + quotas.joined(separator: "; ") + (phrase.isEmpty ? "" : "; \(phrase)"))
        }
    }

    /// Compares the rates in use with AWS's own estimates of the last day.
    func checkRates(
        _ modelIDs: [String], _ cloudWatch: CloudWatchClient, now: @Sendable () -> Double
    ) async {
        let pools = modelIDs.reduce(into: [ScopedModel: [String]]()) { pools, modelID in
            guard case .pool(let scope, let model) = catalog.assignment(of: modelID), scope.isWeighed else {
                return
            }
            pools[ScopedModel(scope: scope, model: model), default: []].append(modelID)
        }
        for (pool, modelIDs) in pools.sorted(by: { $0.key < $1.key }) {
            let subject = "\(region) burndown rate of \(pool.scope.rawValue) \(pool.model)"
            let sample = MeasuredRate(
                cloudWatch: cloudWatch, plan: settings.plan, modelIDs: modelIDs.sorted())
            let measured = await report.attempt(subject) { try await sample.read(now: now()) }
            if let measured = measured ?? nil { report.tell(line(subject, pool, measured)) }
        }
    }

    private func line(_ subject: String, _ pool: ScopedModel, _ measured: BurndownRate) -> CheckLine {
        if let found = settings.rates.mismatch(ofModel: pool.model, scope: pool.scope, measured: measured) {
            return CheckLine(
                .warn, subject,
                "AWS's page says \(PlainNumber.shown(found.tableRate)), this account's minutes of the last day say "
                    + "\(PlainNumber.shown(found.measuredRate)); quotas.burndown_rates can override it")
        }
        return CheckLine(.ok, subject, "measured x\(PlainNumber.shown(measured.value)) in the last day")
    }
}
