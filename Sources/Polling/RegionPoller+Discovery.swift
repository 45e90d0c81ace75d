import AWSClient
import QuotaModel
import Reading

extension RegionPoller {
    /// Asks what there is to read, as far as it is due. A list that fails is counted and tried again later; the
    /// poll itself goes on with what is known.
    func discover(_ key: RegionKey, now: Double) async throws {
        let interval = plan.settings.discoveryInterval.seconds
        let quotaInterval = plan.settings.quotaInterval.seconds
        if discovery.active.isEmpty || discovery.metrics.isDue(intervalSeconds: interval, now: now) {
            try await discoverMetrics(key, now: now)
        }
        let before = discovery.inventory
        let bedrock = account.bedrock(region)
        await refresh(\.profiles, interval, "inference profiles", key, now) {
            discovery.inventory.profiles = try await bedrock.listInferenceProfiles()
        }
        await refresh(\.quotas, quotaInterval, "quotas", key, now) {
            discovery.inventory.quotas = try await account.serviceQuotas(region).listQuotas()
        }
        await refresh(\.models, quotaInterval, "models", key, now) {
            discovery.inventory.models = try await bedrock.listFoundationModels()
        }
        if discovery.inventory != before { (discovery.isUnsaved, discovery.isUnmapped) = (true, true) }
        if discovery.isUnsaved {
            try await services.store.saveInventory(
                account: key.account, region: key.region, discovery.inventory, at: Int(now))
            discovery.isUnsaved = false
        }
        if discovery.isUnmapped {
            try await remap(key, now: now)
            discovery.isUnmapped = false
        }
    }

    /// Fails only when there is nothing to go on with.
    private func discoverMetrics(_ key: RegionKey, now: Double) async throws {
        do {
            let listing = try await account.cloudWatch(region).listMetrics(
                namespace: MetricQueries.namespace, recentlyActive: false)
            let listed = Discovery.modelIDs(in: listing)
            tell(ofImpossible: Discovery.impossibleModelIDs(in: listing), key)
            try await services.store.rememberSeries(
                account: key.account, region: key.region, listed, at: Int(now))
            discovery.accountSeries = Discovery.accountSeries(in: listing)
            discovery.take(listed, previousListing: discovery.metrics.lastSuccess)
            discovery.metrics.note(succeeded: true, now: now)
        } catch let error as AWSError {
            discovery.metrics.note(succeeded: false, now: now)
            guard !discovery.active.isEmpty else { throw error }
            warn("metrics", key, error)
        }
    }

    private func tell(ofImpossible modelIDs: [String], _ key: RegionKey) {
        guard let example = modelIDs.min() else { return }
        services.metrics.awsFailure(key, operation: "ListMetrics", code: "impossible_model_id")
        services.log.warn(
            "Metrics of model IDs that Bedrock cannot have are left out",
            [
                "account": key.account, "region": key.region, "count": "\(modelIDs.count)",
                "model_id": example,
            ])
    }

    private func refresh(
        _ timer: WritableKeyPath<Discovery, RefreshTimer>, _ intervalSeconds: Int, _ what: String,
        _ key: RegionKey, _ now: Double, _ body: () async throws -> Void
    ) async {
        guard discovery[keyPath: timer].isDue(intervalSeconds: intervalSeconds, now: now) else { return }
        do {
            try await body()
            discovery[keyPath: timer].note(succeeded: true, now: now)
        } catch {
            discovery[keyPath: timer].note(succeeded: false, now: now)
            warn(what, key, error)
        }
    }

    private func warn(_ what: String, _ key: RegionKey, _ error: any Error) {
        // The stop of the exporter cuts calls off; nothing is wrong then.
        guard !Task.isCancelled else { return }
        countUnreadable(error)
        services.log.warn(
            "Listing \(what) failed",
            ["account": key.account, "region": key.region, "error": String(describing: error)])
    }
}
