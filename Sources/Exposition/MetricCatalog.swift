import QuotaModel

/// Every metric that the program exposes, except the `process_` ones of `ProcessMetricCatalog`.
package enum MetricCatalog {
    private static let series = ["account", "region", "model_id"]
    private static let pool = ["account", "region", "scope", "model", "quota"]
    private static let source = ["account", "region"]
    private static let cached = "Read from CloudWatch in the background, cumulative since the store began."

    // MARK: Usage of a model ID

    /// The counters of a source's metrics; none for parts, whose wholes are counted. The last label is the model's.
    package static func counters(of source: UsageSource) -> [(UsageMetric, MetricDescriptor)] {
        counters[source.name] ?? []
    }

    private static let counters = Dictionary(
        uniqueKeysWithValues: UsageSource.all.map { usage in
            let labels = source + [CountedMetric.modelLabel(of: usage)]
            return (
                usage.name,
                CountedMetric.all(of: usage).map { count in
                    (
                        count.metric,
                        MetricDescriptor(
                            "bedrock_\(count.name)_total", .counter, labels: labels,
                            help: "\(count.meaning). \(cached)")
                    )
                }
            )
        })

    package static let latency = MetricDescriptor(
        "bedrock_invocation_latency_seconds", .gauge, labels: series,
        help: "Average latency of the last settled minute; absent when it had no traffic.")
    package static let timeToFirstToken = MetricDescriptor(
        "bedrock_time_to_first_token_seconds", .gauge, labels: series,
        help: "Average time to the first token of the last settled minute, streaming operations only.")

    // MARK: Quotas of a pool

    package static let quotaLimit = MetricDescriptor(
        "bedrock_quota_limit", .gauge, labels: pool,
        help:
            "The quota's value in tokens or requests per minute or day, or batch jobs; 0 means not permitted."
    )
    package static let quotaUsage = MetricDescriptor(
        "bedrock_quota_usage", .gauge, labels: pool,
        help:
            "Use of the newest settled minute, quota tokens for tokens_per_minute; for tokens_per_day since 00:00 UTC, for scope batch jobs in flight."
    )
    package static let quotaUtilization = MetricDescriptor(
        "bedrock_quota_utilization_ratio", .gauge, labels: pool,
        help:
            "bedrock_quota_usage divided by bedrock_quota_limit; absent when either is unknown or the limit is 0."
    )
    package static let quotaPeakUtilization = MetricDescriptor(
        "bedrock_quota_peak_utilization_ratio", .gauge, labels: pool + ["window"],
        help: "Highest utilization of a single minute in the window, against the limit of now.")
    package static let quotaInfo = MetricDescriptor(
        "bedrock_quota_info", .gauge,
        labels: pool + ["quota_code", "limit_source", "matched_by", "burndown_rate", "burndown_source"],
        help:
            "Always 1; tells where the limit and the weight of output tokens come from, and how AWS's quota found its model."
    )
    package static let dailyTokensLowerBound = MetricDescriptor(
        "bedrock_cross_model_daily_tokens_lower_bound", .gauge, labels: source + ["accounting"],
        help:
            "Input and output tokens of all models since 00:00 UTC, unweighted. AWS does not document how the daily quota across models, bedrock_quota_limit with scope cross_model, counts its use: no ratio."
    )
    package static let quotaTokens = MetricDescriptor(
        "bedrock_quota_tokens_total", .counter, labels: source + ["scope", "model"],
        help:
            "Tokens as quotas count them, output weighted by the rate of the time at which each minute was read. \(cached)"
    )
    package static let callerQuotaTokens = MetricDescriptor(
        "bedrock_caller_quota_tokens_total", .counter,
        labels: source + ["scope", "model", "caller_kind", "caller"],
        help:
            "Tokens as quotas count them that the invocation logs told of, by caller. The callers of one kind split the same use: do not add kinds. What the logs lack is in bedrock_quota_tokens_total alone; it arrives some minutes after that."
    )
    package static let burndownMismatch = MetricDescriptor(
        "bedrock_burndown_mismatch_info", .gauge,
        labels: source + ["scope", "model", "table_rate", "measured_rate"],
        help: "Always 1; AWS's estimates of the last day contradict the published weight of output tokens.")
    package static let modelIDInfo = MetricDescriptor(
        "bedrock_model_id_info", .gauge,
        labels: series + ["scope", "model", "profile_name", "profile_type"],
        help:
            "Always 1; where a model ID leads and what it is called, to join its usage with quotas. accounts[].profile_tags adds tag_ labels."
    )
    package static let unmappedModel = MetricDescriptor(
        "bedrock_unmapped_model_info", .gauge, labels: series + ["reason"],
        help: "Always 1; a model ID whose traffic cannot be compared with a quota, and why.")
    package static let legacyModel = MetricDescriptor(
        "bedrock_legacy_model_info", .gauge, labels: source + ["model"],
        help: "Always 1; a model with a pool that AWS lists as legacy, for which it refuses higher quotas.")
    package static let modelEndOfLife = MetricDescriptor(
        "bedrock_model_end_of_life_timestamp_seconds", .gauge, labels: source + ["model"],
        help: "When requests to a model with a pool begin to fail; absent where AWS names no time.")

    // MARK: Batch jobs

    package static let batchJobs = MetricDescriptor(
        "bedrock_batch_jobs", .gauge, labels: source + ["model", "status"],
        help: "Batch inference jobs of the last 8 days, by their status now.")
    package static let batchRecords = MetricDescriptor(
        "bedrock_batch_records", .gauge, labels: source + ["model", "result"],
        help: "Records of batch jobs in flight: pending, success, error; absent where no job states them.")
    package static let batchListed = MetricDescriptor(
        "bedrock_batch_listed_timestamp_seconds", .gauge, labels: source,
        help: "When batch jobs were listed; absent while they are not known.")

    package static let newestDatapoint = MetricDescriptor(
        "bedrock_newest_datapoint_timestamp_seconds", .gauge, labels: source,
        help: "Start of the newest minute for which CloudWatch delivered a datapoint.")

    package static let deliveryLag = MetricDescriptor(
        "bedrock_exporter_delivery_lag_seconds", .gauge, labels: source,
        help:
            "How far the newest delivered minute was behind at the last poll; absent while models are silent as usual."
    )

    // MARK: Alerts

    package static let alertFiring = MetricDescriptor(
        "bedrock_alert_firing", .gauge,
        labels: [
            "alert", "severity", "account", "region", "scope", "model", "quota", "cause", "model_id",
        ],
        help: "Always 1; an alert that fires. Labels that an alert does not have are left out.")

    // MARK: The exporter itself

    package static let buildInfo = MetricDescriptor(
        "bedrock_exporter_build_info", .gauge,
        labels: ["version", "swiftversion", "os", "arch"],
        help: "Always 1; tells which build is running.")
    package static let up = MetricDescriptor(
        "bedrock_exporter_up", .gauge, labels: source,
        help: "1 if the last poll of the Region brought its usage, 0 if it failed.")
    package static let accounts = MetricDescriptor(
        "bedrock_exporter_accounts", .gauge, labels: ["state"],
        help:
            "Accounts of the organization: read, failing (the role cannot be assumed), waiting (not tried yet), "
            + "other_shard, configured (listed under accounts), excluded, inactive. Absent without an organization."
    )
    package static let organizationListed = MetricDescriptor(
        "bedrock_exporter_organization_listed_timestamp_seconds", .gauge,
        help: "When the organization's accounts were last listed; absent before and without an organization."
    )
    package static let pollDuration = MetricDescriptor(
        "bedrock_exporter_poll_duration_seconds", .gauge, labels: source, help: "Duration of the last poll.")
    package static let lastSuccessfulPoll = MetricDescriptor(
        "bedrock_exporter_last_successful_poll_timestamp_seconds", .gauge, labels: source,
        help: "End of the last poll that succeeded.")
    package static let accountSeriesDistrusted = MetricDescriptor(
        "bedrock_exporter_account_series_distrusted", .gauge, labels: source,
        help:
            "1 while CloudWatch's account-wide series are found to be too low, so that adaptive reading rests."
    )
    package static let awsRequests = MetricDescriptor(
        "bedrock_exporter_aws_requests_total", .counter, labels: source + ["operation"],
        help: "Requests sent to AWS, retries included.")
    package static let awsRequestFailures = MetricDescriptor(
        "bedrock_exporter_aws_request_failures_total", .counter, labels: source + ["operation", "code"],
        help: "Requests to AWS, or single queries of a batch, that failed, by error code.")
    package static let awsBilledMetrics = MetricDescriptor(
        "bedrock_exporter_aws_billed_metrics_total", .counter, labels: source,
        help: "Metrics asked for by GetMetricData, the unit that CloudWatch bills.")
    package static let awsEstimatedCost = MetricDescriptor(
        "bedrock_exporter_aws_estimated_cost_dollars_total", .counter, labels: source,
        help: "Billed metrics at 0.01 USD per 1,000.")
    package static let logsScannedBytes = MetricDescriptor(
        "bedrock_exporter_logs_scanned_bytes_total", .counter, labels: source,
        help: "Bytes of invocation logs scanned by Logs Insights, the unit that CloudWatch Logs bills.")
    package static let logsEstimatedCost = MetricDescriptor(
        "bedrock_exporter_logs_estimated_cost_dollars_total", .counter, labels: source,
        help: "Scanned bytes at 0.005 USD per GB.")
    package static let callerWindows = MetricDescriptor(
        "bedrock_exporter_caller_windows_total", .counter, labels: source + ["state"],
        help: "Windows of invocation logs that were read, or whose callers stay unknown.")
    package static let pollInterval = MetricDescriptor(
        "bedrock_exporter_poll_interval_seconds", .gauge,
        help: "Time between two polls of a Region; longer than polling.interval while a budget is kept.")
    package static let monthCost = MetricDescriptor(
        "bedrock_exporter_month_cost_dollars", .gauge,
        help: "Billed metrics of this calendar month, UTC, at 0.01 USD per 1,000; over restarts.")
    package static let monthlyBudget = MetricDescriptor(
        "bedrock_exporter_monthly_budget_dollars", .gauge,
        help: "polling.monthly_budget; absent without one.")
    package static let projectedMonthCost = MetricDescriptor(
        "bedrock_exporter_projected_month_cost_dollars", .gauge,
        help: "What the month will have cost at its end if polling goes on as now; absent without a budget.")
    package static let budgetStep = MetricDescriptor(
        "bedrock_exporter_budget_step", .gauge,
        help:
            "How polling is slowed to keep the budget: 0 not, 1 pools far from their limits are read less often, "
            + "2 all polls come later, 3 spent: nothing is read."
    )
    package static let storageSize = MetricDescriptor(
        "bedrock_exporter_storage_size_bytes", .gauge, help: "Size of the store's files.")
    package static let storageFailures = MetricDescriptor(
        "bedrock_exporter_storage_failures_total", .counter, help: "Operations of the store that failed.")
    package static let reloads = MetricDescriptor(
        "bedrock_exporter_config_reloads_total", .counter, help: "Attempts to reload the configuration.")
    package static let reloadFailures = MetricDescriptor(
        "bedrock_exporter_config_reload_failures_total", .counter,
        help: "Attempts to reload the configuration that failed and changed nothing.")
    package static let lastReloadSuccessful = MetricDescriptor(
        "bedrock_exporter_config_last_reload_successful", .gauge,
        help: "1 if the last attempt to load the configuration succeeded.")
    package static let lastReloadSuccess = MetricDescriptor(
        "bedrock_exporter_config_last_reload_success_timestamp_seconds", .gauge,
        help: "Time of the last successful load of the configuration.")

    // MARK: Delivery of alerts

    private static let receiver = ["receiver"]

    package static let notifications = MetricDescriptor(
        "bedrock_exporter_notifications_total", .counter, labels: receiver,
        help: "Attempts to tell the receiver of alerts, each of one message; those sent again are among them."
    )
    package static let notificationFailures = MetricDescriptor(
        "bedrock_exporter_notification_failures_total", .counter, labels: receiver + ["reason"],
        help: "Attempts that failed, by HTTP status, error code or kind of failure.")
    package static let notificationsDropped = MetricDescriptor(
        "bedrock_exporter_notifications_dropped_total", .counter, labels: receiver,
        help:
            "Alerts, firing or resolved, that the receiver was never told of: it refused them, or its queue was full."
    )
    package static let notificationQueueLength = MetricDescriptor(
        "bedrock_exporter_notification_queue_length", .gauge, labels: receiver,
        help: "Alerts, firing or resolved, that the receiver is still to be told of.")

    // MARK: Remote write

    package static let remoteWriteSamples = MetricDescriptor(
        "bedrock_exporter_remote_write_samples_total", .counter, labels: receiver,
        help: "Samples that the receiver accepted.")
    package static let remoteWriteFailures = MetricDescriptor(
        "bedrock_exporter_remote_write_failed_requests_total", .counter, labels: receiver + ["code"],
        help: "Requests that the receiver did not accept, by HTTP status or kind of failure.")
    package static let remoteWriteDroppedSamples = MetricDescriptor(
        "bedrock_exporter_remote_write_dropped_samples_total", .counter, labels: receiver,
        help: "Samples given up because the receiver refuses them for good.")
    package static let remoteWriteSkippedMinutes = MetricDescriptor(
        "bedrock_exporter_remote_write_skipped_minutes_total", .counter, labels: receiver,
        help: "Minutes of a model ID or pool given up because they never became known.")
    package static let remoteWriteRevisedMinutes = MetricDescriptor(
        "bedrock_exporter_remote_write_revised_minutes_total", .counter, labels: receiver + ["result"],
        help: "Minutes of a model ID or pool that changed after they were sent and were sent again.")
    package static let remoteWriteNewestTimestamp = MetricDescriptor(
        "bedrock_exporter_remote_write_newest_timestamp_seconds", .gauge, labels: receiver,
        help: "Timestamp of the newest sample that the receiver accepted.")

    /// In the order of the page.
    package static let all: [MetricDescriptor] =
        UsageSource.all.flatMap { counters(of: $0).map(\.1) } + [
            latency, timeToFirstToken, quotaLimit, quotaUsage, quotaUtilization, quotaPeakUtilization,
            quotaInfo, quotaTokens, callerQuotaTokens, burndownMismatch, dailyTokensLowerBound, modelIDInfo,
            unmappedModel, newestDatapoint, deliveryLag, legacyModel, modelEndOfLife, batchJobs, batchRecords,
            batchListed, alertFiring, buildInfo, accounts, organizationListed, up, pollDuration,
            lastSuccessfulPoll, accountSeriesDistrusted, awsRequests, awsRequestFailures, awsBilledMetrics,
            awsEstimatedCost, logsScannedBytes, logsEstimatedCost, callerWindows, pollInterval, monthCost,
            monthlyBudget, projectedMonthCost, budgetStep, storageSize, storageFailures, reloads,
            reloadFailures, lastReloadSuccessful, lastReloadSuccess, notifications, notificationFailures,
            notificationsDropped, notificationQueueLength, remoteWriteSamples, remoteWriteFailures,
            remoteWriteDroppedSamples, remoteWriteSkippedMinutes, remoteWriteRevisedMinutes,
            remoteWriteNewestTimestamp,
        ]
}

/// The standard metrics of a Prometheus client library, names and texts as in its guidelines.
package enum ProcessMetricCatalog {
    package static let cpuSeconds = MetricDescriptor(
        "process_cpu_seconds_total", .counter, help: "Total user and system CPU time spent in seconds.")
    package static let openFileDescriptors = MetricDescriptor(
        "process_open_fds", .gauge, help: "Number of open file descriptors.")
    package static let maximumFileDescriptors = MetricDescriptor(
        "process_max_fds", .gauge, help: "Maximum number of open file descriptors.")
    package static let virtualMemory = MetricDescriptor(
        "process_virtual_memory_bytes", .gauge, help: "Virtual memory size in bytes.")
    package static let residentMemory = MetricDescriptor(
        "process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.")
    package static let startTime = MetricDescriptor(
        "process_start_time_seconds", .gauge,
        help: "Start time of the process since unix epoch in seconds.")
    package static let threads = MetricDescriptor(
        "process_threads", .gauge, help: "Number of OS threads in the process.")

    package static let all: [MetricDescriptor] = [
        cpuSeconds, openFileDescriptors, maximumFileDescriptors, virtualMemory, residentMemory, startTime,
        threads,
    ]
}
