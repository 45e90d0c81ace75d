import AWSClient
import Alerting
import QuotaModel
import Reading
import System

/// Tries everything that polling an account needs, once, and tells each result in a line.
package struct AccountCheck: Sendable {
    private let session: AccountSession
    private let overrides: [QuotaOverride]
    private let rates: BurndownTable
    private let plan: PollPlan
    /// From which its model's end is worth a warning.
    private let endOfLifeDays: Int
    private let now: @Sendable () -> Double
    private let report: @Sendable (CheckLine) -> Void

    package init(
        session: AccountSession, overrides: [QuotaOverride], rates: BurndownTable, plan: PollPlan,
        endOfLifeDays: Int = PoolRules().endOfLifeDays, now: @escaping @Sendable () -> Double,
        report: @escaping @Sendable (CheckLine) -> Void
    ) {
        self.session = session
        self.overrides = overrides
        self.rates = rates
        self.plan = plan
        self.endOfLifeDays = endOfLifeDays
        self.now = now
        self.report = report
    }

    /// The credentials first, because nothing else can work without; then each Region.
    package func run() async {
        let name = session.configuredName ?? "default"
        guard let account = await checkCredentials(name) else { return }
        if !session.namesRegions {
            report(
                CheckLine(
                    .warn, "Regions \(name)",
                    "none is named, so \(session.regions.joined(separator: ", ")) are watched; "
                        + AccountFactory.regionHint))
        }
        var busy: [String] = []
        for region in session.regions {
            if await check(region, account: account.label, canAsk: account.canAsk) { busy.append(region) }
        }
        // In other Regions nobody knows whether the account is linked.
        guard session.monitoring == nil else { return }
        let search = TrafficSearch(session)
        report(
            search.line(
                await search.findings(), subject: "other Regions \(name)",
                watched: session.namesRegions ? session.regions : busy))
    }

    /// - Returns: The account's label, and whether the account itself can be asked; nil where nothing works.
    private func checkCredentials(_ name: String) async -> (label: String, canAsk: Bool)? {
        let subject = "credentials \(name)"
        guard session.hasAccess else {
            report(linkedLine(.warn, subject, "no role is configured"))
            return session.monitoring.map { (session.configuredName ?? $0.accountID, false) }
        }
        do {
            let identity = try await session.sts(session.regions[0]).getCallerIdentity()
            guard session.monitoring.map({ $0.accountID == identity.accountID }) ?? true else {
                report(CheckLine(.fail, subject, "they are of account \(identity.accountID)"))
                return nil
            }
            let through = session.monitoring.map { ", metrics through \($0.name)" } ?? ""
            report(
                CheckLine(.ok, subject, "account \(identity.accountID), \(identity.arn)\(through)"))
            return (session.configuredName ?? identity.accountID, true)
        } catch {
            guard let monitoring = session.monitoring else {
                report(CheckLine(.fail, subject, String(describing: error)))
                return nil
            }
            report(linkedLine(.warn, subject, String(describing: error)))
            return (session.configuredName ?? monitoring.accountID, false)
        }
    }

    private func linkedLine(_ verdict: CheckLine.Verdict, _ subject: String, _ reason: String)
        -> CheckLine
    {
        let monitoring = session.monitoring
        return CheckLine(
            verdict, subject,
            "account \(monitoring?.accountID ?? ""), metrics through \(monitoring?.name ?? ""); limits are AWS's defaults: \(reason)"
        )
    }

    /// What AWS says of every account, where a linked one cannot be asked itself.
    private func checkShared(_ region: String) async -> Inventory {
        let subject = "\(region) servicequotas:ListAWSDefaultServiceQuotas"
        let shared = await attempt(subject, { try await session.sharedInventory(region, now: now()) })
        guard let shared else { return Inventory() }
        let through = session.monitoring?.name ?? ""
        report(
            CheckLine(
                .ok, subject,
                "\(shared.quotas.count) default quotas, \(shared.models.count) models and "
                    + "\(shared.profiles.count) profiles through \(through)"))
        return shared
    }

    /// - Returns: Whether there are metrics of Bedrock.
    private func check(_ region: String, account: String, canAsk: Bool) async -> Bool {
        let (modelIDs, canRead) = await checkCloudWatch(region)
        let inventory = await canAsk ? checkInventory(region, modelIDs) : checkShared(region)
        let catalog = QuotaCatalog(
            inventory: inventory, observed: modelIDs, overrides: overrides, account: account,
            region: region)
        if canAsk { await checkTags(region, inventory.applicationProfiles(among: modelIDs)) }
        for modelID in modelIDs.sorted() { report(line(for: modelID, region, catalog)) }
        if canRead { await checkRates(modelIDs, region, catalog) }
        return !modelIDs.isEmpty
    }

    /// The lists of the account itself.
    private func checkInventory(_ region: String, _ modelIDs: [String]) async -> Inventory {
        var inventory = Inventory()
        inventory.quotas = await checkQuotas(region)
        let bedrock = session.bedrock(region)
        if let profiles = await attempt(
            "\(region) bedrock:ListInferenceProfiles", { try await bedrock.listInferenceProfiles() })
        {
            inventory.profiles = profiles
            report(CheckLine(.ok, "\(region) bedrock:ListInferenceProfiles", "\(profiles.count) profiles"))
        }
        if let models = await attempt(
            "\(region) bedrock:ListFoundationModels", { try await bedrock.listFoundationModels() })
        {
            inventory.models = models
            report(CheckLine(.ok, "\(region) bedrock:ListFoundationModels", "\(models.count) models"))
        }
        if modelIDs.contains(where: ModelID.isCustomModelDeployment) {
            inventory.deployments = await checkDeployments(region, bedrock)
        }
        await checkBatchJobs(bedrock, region)
        await LoggingCheck(session: session, region: region, now: now(), report: report).run()
        return inventory
    }

    /// The custom model deployments; without the rights to list them only their model IDs have no quota.
    private func checkDeployments(_ region: String, _ bedrock: BedrockClient) async -> [CustomModelDeployment]
    {
        let bases = await attempt("\(region) bedrock:ListCustomModels", orElse: .warn) {
            try await bedrock.listCustomModelBases()
        }
        if let bases {
            report(CheckLine(.ok, "\(region) bedrock:ListCustomModels", "\(bases.count) custom models"))
        }
        let subject = "\(region) bedrock:ListCustomModelDeployments"
        let deployments = await attempt(subject, orElse: .warn) {
            try await bedrock.listCustomModelDeployments(bases: bases ?? [:])
        }
        if let deployments { report(CheckLine(.ok, subject, "\(deployments.count) deployments")) }
        return deployments ?? []
    }

    /// One profile tells whether tags may be read. Without them labels are empty and all else works.
    private func checkTags(_ region: String, _ profiles: [InferenceProfile]) async {
        guard !session.profileTags.isEmpty else { return }
        let subject = "\(region) bedrock:ListTagsForResource"
        guard let profile = profiles.first(where: { $0.arn != nil }), let arn = profile.arn else {
            report(CheckLine(.ok, subject, "no application inference profile has traffic"))
            return
        }
        do {
            let tags = try await session.bedrock(region).listTags(ofResource: arn)
            let found = session.profileTags.map(\.key).filter { tags[$0] != nil }
            let name = VisibleText.escaped(ModelIDName.phrase(profile.id, name: profile.givenName))
            report(
                CheckLine(
                    .ok, subject,
                    "\(name) has \(found.isEmpty ? "none of the tags" : "the tags " + found.joined(separator: ", "))"
                ))
        } catch {
            let labels = session.profileTags.map(\.label).joined(separator: ", ")
            report(CheckLine(.warn, subject, "\(labels) stay empty: \(error)"))
        }
    }

    /// The right to list them is optional.
    private func checkBatchJobs(_ bedrock: BedrockClient, _ region: String) async {
        let subject = "\(region) bedrock:ListModelInvocationJobs"
        let start = now() - Double(BatchJobsReader.listedDays) * 86_400
        do throws(AWSError) {
            let jobs = try await bedrock.listBatchJobs(submittedAfter: start)
            let inFlight = jobs.count { $0.status.isInFlight }
            report(
                CheckLine(
                    .ok, subject,
                    "\(jobs.count) batch jobs of the last \(BatchJobsReader.listedDays) days, \(inFlight) in flight"
                ))
        } catch {
            report(
                CheckLine(
                    .warn, subject, "batch jobs stay unknown, all else works without this right: \(error)"))
        }
    }

    /// Compares the rates in use with AWS's own estimates of the last day.
    private func checkRates(_ modelIDs: [String], _ region: String, _ catalog: QuotaCatalog) async {
        let pools = modelIDs.reduce(into: [ScopedModel: [String]]()) { pools, modelID in
            guard case .pool(let scope, let model) = catalog.assignment(of: modelID), scope.isWeighed else {
                return
            }
            pools[ScopedModel(scope: scope, model: model), default: []].append(modelID)
        }
        for (pool, modelIDs) in pools.sorted(by: { $0.key < $1.key }) {
            let subject = "\(region) burndown rate of \(pool.scope.rawValue) \(pool.model)"
            let sample = MeasuredRate(
                cloudWatch: session.cloudWatch(region), plan: plan, modelIDs: modelIDs.sorted())
            guard let measured = await attempt(subject, { try await sample.read(now: now()) }) else {
                continue
            }
            if let line = rateLine(subject, pool, measured) { report(line) }
        }
    }

    private func rateLine(_ subject: String, _ pool: ScopedModel, _ measured: BurndownRate?) -> CheckLine? {
        guard let measured else { return nil }
        if let found = rates.mismatch(ofModel: pool.model, scope: pool.scope, measured: measured) {
            return CheckLine(
                .warn, subject,
                "AWS's page says \(PlainNumber.shown(found.tableRate)), this account's minutes of the last day say "
                    + "\(PlainNumber.shown(found.measuredRate)); quotas.burndown_rates can override it")
        }
        return CheckLine(.ok, subject, "measured x\(PlainNumber.shown(measured.value)) in the last day")
    }

    private func attempt<Value>(
        _ subject: String, orElse verdict: CheckLine.Verdict = .fail, _ body: () async throws -> Value
    ) async -> Value? {
        do {
            return try await body()
        } catch {
            report(CheckLine(verdict, subject, String(describing: error)))
            return nil
        }
    }

    /// The model IDs with metrics, and whether their datapoints can be read.
    private func checkCloudWatch(_ region: String) async -> (modelIDs: [String], canRead: Bool) {
        let cloudWatch = session.cloudWatch(region)
        let subject = "\(region) cloudwatch:"
        var modelIDs: [String] = []
        var canRead = false
        var canList = false
        if let listing = await attempt(
            subject + "ListMetrics",
            {
                try await cloudWatch.listMetrics(
                    namespace: UsageSource.runtime.namespace, recentlyActive: false
                )
                .metrics
            })
        {
            canList = true
            modelIDs = Array(Discovery.series(in: listing).keys)
            report(CheckLine(.ok, subject + "ListMetrics", "\(modelIDs.count) model IDs with metrics"))
            let impossible = Discovery.impossibleModelIDs(in: listing)
            if let example = impossible.min() {
                report(
                    CheckLine(
                        .warn, subject + "ListMetrics",
                        "\(impossible.count) that Bedrock cannot have are left out, such as \(VisibleText.quoted(example))"
                    ))
            }
        }
        // Who may not list one namespace may not list another: that has its line.
        let further = canList ? await furtherSeries(region) : []
        let end = Minute(containingEpochSeconds: Int(now())).epochSeconds
        let query = MetricQuery(
            id: "q0", namespace: UsageSource.runtime.namespace, metricName: "Invocations",
            dimensions: [
                MetricDimension(name: UsageSource.runtime.dimensions[0], value: modelIDs.min() ?? "none")
            ],
            statistic: "Sum")
        if let answer = await attempt(
            subject + "GetMetricData",
            { try await cloudWatch.getMetricData(queries: [query], start: end - 300, end: end) })
        {
            switch answer.series["q0"]?.status {
            case .complete, .partial:
                canRead = true
                report(CheckLine(.ok, subject + "GetMetricData", "one metric read"))
            case .failed(let reason): report(CheckLine(.fail, subject + "GetMetricData", reason))
            case nil: report(CheckLine(.fail, subject + "GetMetricData", "the answer lacks the metric"))
            }
        }
        return (modelIDs + further, canRead)
    }

    /// The series of other endpoints; nothing is said of those that nobody uses.
    private func furtherSeries(_ region: String) async -> [String] {
        var all: [String] = []
        for namespace in UsageSource.namespaces.dropFirst() {
            let subject = "\(region) cloudwatch:ListMetrics"
            let listing = await attempt(
                subject,
                {
                    try await session.cloudWatch(region).listMetrics(
                        namespace: namespace, recentlyActive: false)
                })
            let series = Discovery.series(in: listing?.metrics ?? [], of: namespace).keys.sorted()
            guard !series.isEmpty else { continue }
            report(CheckLine(.ok, subject, "\(series.count) models with metrics in \(namespace)"))
            all += series
        }
        return all
    }

    /// The quotas as polling would know them: none, unless both lists can be read.
    private func checkQuotas(_ region: String) async -> [ListedQuota] {
        let client = session.serviceQuotas(region)
        let applied = await quotaList("\(region) servicequotas:ListServiceQuotas") {
            try await client.listAppliedQuotas()
        }
        let defaults = await quotaList("\(region) servicequotas:ListAWSDefaultServiceQuotas") {
            try await client.listDefaultQuotas()
        }
        guard let applied, let defaults else { return [] }
        return ServiceQuotasClient.merge(defaults: defaults, applied: applied)
    }

    private func quotaList(
        _ subject: String, _ body: () async throws -> [ListedQuota]
    ) async -> [ListedQuota]? {
        let quotas = await attempt(subject, body)
        if let quotas { report(CheckLine(.ok, subject, "\(quotas.count) quotas of Bedrock")) }
        return quotas
    }

    private func line(for modelID: String, _ region: String, _ catalog: QuotaCatalog) -> CheckLine {
        let subject = "\(region) model ID \(modelID)"
        let resolution = catalog.resolution(of: modelID)
        switch resolution.assignment {
        case .unmapped(let reason):
            return CheckLine(
                .warn, subject, "unmapped (\(reason.rawValue)): \(resolution.explanation ?? "no quota")")
        case .pool(let scope, let model):
            let rate = rates.rate(ofModel: model, scope: scope)
            let quotas = catalog.quotas(scope: scope, model: model).map { quota in
                "\(quota.kind.rawValue) \(Grouped.digits(quota.limit)) (\(quota.source.rawValue)"
                    + (quota.code.map { ", \($0)" } ?? "") + ")"
            }
            let lifecycle = catalog.lifecycle(ofModel: model)
            let isEnding = lifecycle?.isEnding(within: endOfLifeDays, now: now()) == true
            let phrase = lifecycle?.phrase { JSONDocument.time($0).prefix(10) } ?? ""
            return CheckLine(
                isEnding ? .warn : .ok, subject,
                "\(scope.rawValue) \(model), output x\(PlainNumber.shown(rate.value)) (\(rate.source.rawValue)); "
                    + quotas.joined(separator: "; ") + (phrase.isEmpty ? "" : "; \(phrase)"))
        }
    }
}

/// Measures one pool's burndown rate straight from CloudWatch, for a `check` without a store.
struct MeasuredRate {
    /// The minutes of a day, as the daemon measures.
    private static let minutes = 24 * 60
    /// Model IDs of a pool that are looked at: each costs five or six metrics.
    private static let modelIDs = 8
    private static let names: Set<String> = Set(
        [UsageMetric.inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens]
            .flatMap(\.cloudWatchNames))

    let cloudWatch: CloudWatchClient
    /// Which minutes are settled.
    let plan: PollPlan
    let modelIDs: [String]

    /// Nil where there are too few minutes with AWS's estimate, or they do not agree.
    func read(now: Double) async throws(AWSError) -> BurndownRate? {
        let edge = plan.settledEdge(now: now)
        let read = PollPlan.Read(
            window: edge.advanced(by: -Self.minutes)..<edge, modelIDs: Array(modelIDs.prefix(Self.modelIDs)))
        let names = Dictionary(uniqueKeysWithValues: read.modelIDs.map { ($0, Self.names) })
        var fit = BurndownFit()
        for request in PollPlan.requests(for: read, queriesPerSeries: names.mapValues(\.count)) {
            let queries = MetricQueries(request, names: names)
            let answer = try await cloudWatch.getMetricData(
                queries: queries.queries, start: request.window.lowerBound.epochSeconds,
                end: request.window.upperBound.epochSeconds)
            for record in queries.records(answer.series, settledEdge: edge) {
                for minute in record.minutes { fit.add(minute.usage) }
            }
        }
        return fit.rate
    }
}
