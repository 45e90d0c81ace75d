/// The running configuration for people: YAML with every key, and `<secret>` in place of secrets.
package enum ConfigurationPage {
    /// Text that YAML readers take; it loads as the same configuration when it holds no secret.
    package static func render(_ configuration: Configuration) -> String {
        var page = YAMLWriter()
        web(configuration.web, &page)
        page.open("storage")
        page.text("path", configuration.storage.path)
        page.plain("minute_retention", configuration.storage.minuteRetention)
        page.plain("rollup_retention", configuration.storage.rollupRetention)
        if let backup = configuration.storage.backup {
            page.open("backup")
            page.text("path", backup.path)
            page.plain("interval", backup.interval)
            page.plain("keep", backup.keep)
            page.close()
        } else {
            page.plain("backup", "null")
        }
        page.close()
        page.list("accounts", configuration.accounts, account)
        polling(configuration.polling, &page)
        page.open("quotas")
        page.list("overrides", configuration.quotas.overrides, override)
        page.list("burndown_rates", configuration.quotas.burndownRates) { rate, page in
            page.text("model", rate.model)
            page.number("rate", rate.rate)
        }
        page.close()
        alerts(configuration.alerts, &page)
        page.list("remote_write", configuration.remoteWrite, remoteWrite)
        return page.output
    }

    private static func web(_ web: WebConfiguration, _ page: inout YAMLWriter) {
        page.open("web")
        page.text("listen_address", web.listenAddress.description)
        page.text("telemetry_path", web.telemetryPath)
        page.texts("allowed_hosts", web.allowedHosts)
        page.plain("max_requests", web.maxRequests)
        if web.basicAuthUsers.isEmpty {
            page.plain("basic_auth_users", "{}")
        } else {
            page.open("basic_auth_users")
            for user in web.basicAuthUsers.keys.sorted() { page.text(YAMLWriter.quoted(user), Secret.mask) }
            page.close()
        }
        page.close()
    }

    private static func account(_ account: AccountConfiguration, _ page: inout YAMLWriter) {
        page.text("name", account.name)
        page.texts("regions", account.regions)
        page.text("profile", account.profile)
        page.text("role_arn", account.roleARN)
        page.text("external_id", account.externalID?.description)
        page.text("endpoint_url", account.endpointURL?.descriptionWithPath)
    }

    private static func polling(_ polling: PollingConfiguration, _ page: inout YAMLWriter) {
        page.open("polling")
        page.plain("interval", polling.interval)
        page.plain("reread_window", polling.rereadWindow)
        page.plain("settle_delay", polling.settleDelay)
        page.plain("silence_timeout", polling.silenceTimeout)
        page.plain("adaptive", polling.adaptive)
        page.plain("relaxed_interval", polling.relaxedInterval)
        if let budget = polling.monthlyBudget {
            page.number("monthly_budget", budget)
        } else {
            page.plain("monthly_budget", "null")
        }
        page.plain("discovery_interval", polling.discoveryInterval)
        page.plain("quota_interval", polling.quotaInterval)
        page.plain("backfill", polling.backfill)
        page.close()
    }

    private static func override(_ override: ConfiguredQuota, _ page: inout YAMLWriter) {
        page.text("account", override.account)
        page.text("region", override.region)
        page.text("scope", override.scope?.rawValue)
        page.text("model", override.model)
        for (kind, limit) in override.limits.sorted(by: { $0.key < $1.key }) {
            page.number(kind.rawValue, limit)
        }
    }

    /// Of files with secrets the path is shown.
    private static func remoteWrite(_ receiver: RemoteWriteConfiguration, _ page: inout YAMLWriter) {
        page.text("url", receiver.url.descriptionWithPath)
        page.text("name", receiver.name)
        switch receiver.authentication {
        case .none: break
        case .basic(let username, let passwordFile):
            page.open("basic_auth")
            page.text("username", username)
            page.text("password_file", passwordFile)
            page.close()
        case .bearer(let tokenFile): page.text("bearer_token_file", tokenFile)
        case .sigv4(let sigv4):
            page.open("sigv4")
            page.text("region", sigv4.region)
            page.text("profile", sigv4.profile)
            page.text("role_arn", sigv4.roleARN)
            page.close()
        }
        if !receiver.externalLabels.isEmpty {
            page.open("external_labels")
            for (name, value) in receiver.externalLabels.sorted(by: { $0.key < $1.key }) {
                page.text(name, value)
            }
            page.close()
        }
        page.plain("start", receiver.start)
    }
}
