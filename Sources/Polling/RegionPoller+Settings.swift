import QuotaModel

/// Settings that change between polls: what is stored is mapped and judged by them at once, and AWS is not asked.
extension RegionPoller {
    /// Lets changed settings show before the next poll.
    package nonisolated func reconsider() { settingsChanges.continuation.yield() }

    /// Follows changes of settings until the task is cancelled.
    func watchSettings() async {
        do {
            for await _ in settingsChanges.stream { try await turn.run { await applySettings() } }
        } catch {
            // Only cancellation ends a wait for a turn.
            services.log.debug("Watching settings stopped", ["region": region])
        }
    }

    private func applySettings() async {
        // Before that there is nothing to map; the first poll goes by the settings of then.
        guard let key, usage != nil else { return }
        if hasNewQuotas {
            hasNewQuotas = false
            await mapAnew(key)
        }
        publish()
        // Before the first poll has ended nothing is known of the Region, and nothing may resolve.
        if pollCount > 0 { await evaluateAlerts() }
        services.published()
    }

    private func mapAnew(_ key: RegionKey) async {
        let now = services.clock.now() + Double(clockSkew)
        do {
            try await remap(key, now: now)
            try await refreshHistories(key, now: now)
        } catch {
            // The next poll tries again.
            discovery.isUnmapped = true
            services.metrics.storageFailure()
            services.log.error(
                "Taking changed quotas failed", ["region": region, "error": String(describing: error)])
        }
    }
}
