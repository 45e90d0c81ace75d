/// Every limit and default of the AWS client, in one place.
package enum AWSDefaults {
    /// Sent as `User-Agent: bedrock-quota-exporter/VERSION`.
    package static let userAgentProduct = "bedrock-quota-exporter"

    // Transfers.
    /// From the start of a transfer to its last byte.
    package static let requestTimeout: Duration = .seconds(30)
    /// Name lookup, TCP and TLS together.
    package static let connectTimeout: Duration = .seconds(10)
    /// A transfer that stays below one byte a second for so long is given up.
    package static let lowSpeedSeconds = 20
    /// Of one answer, decoded; a full page of 100,800 datapoints is about 4 MB.
    package static let maximumResponseBytes = 32 << 20
    /// Of one answer's header section.
    package static let maximumHeaderBytes = 64 << 10
    /// libcurl asks for `100 Continue` from 1 MiB up, which no AWS client of ours needs.
    package static let maximumRequestBytes = (1 << 20) - 1
    /// Transfers that run at once, over all hosts.
    package static let maximumConcurrentTransfers = 32
    /// Transfers to one host that run at once, so that a dead Region cannot take every place.
    package static let maximumConcurrentTransfersPerHost = 8
    /// Requests that wait for a place; one more is refused.
    package static let maximumWaitingRequests = 4096
    /// Idle connections that are kept for reuse.
    package static let maximumIdleConnections = 16
    /// Idle transfer handles that are kept for reuse.
    package static let maximumIdleHandles = 8

    // Retries: botocore's standard mode.
    package static let maximumAttempts = 3
    /// `AWS_MAX_ATTEMPTS` above it is cut down to it.
    package static let highestMaximumAttempts = 10
    package static let maximumBackoffSeconds = 20.0
    package static let retryBudgetCapacity = 500
    package static let retryCost = 5
    package static let timeoutRetryCost = 10
    package static let retryBudgetRefill = 1
    /// The server's clock must differ by more than this before a request is signed anew with its time.
    package static let minimumClockSkewSeconds = 240

    // Errors.
    /// Longest service message that is kept, in characters.
    package static let maximumMessageLength = 300
    package static let maximumErrorCodeLength = 64

    // Pages.
    package static let metricsPerPage = 500
    package static let maximumListMetricsPages = 100
    package static let queriesPerCall = 500
    /// CloudWatch's own limit on datapoints of one GetMetricData page.
    package static let datapointsPerCall = 100_800
    package static let maximumMetricDataPages = 100
    /// Datapoints that one `getMetricData` may be asked for over all queries: 8 MB of memory.
    package static let maximumDatapointsPerRequest = 500_000
    /// Extra calls that one refused batch may cost while the bad query is looked for.
    package static let maximumBisectionCalls = 64
    package static let quotasPerPage = 100
    package static let maximumQuotaPages = 60
    package static let profilesPerPage = 1000
    package static let maximumProfilePages = 20
    package static let maximumPageTokenLength = 64 << 10

    // XML answers of STS and SNS.
    package static let maximumXMLBytes = 256 << 10
    package static let maximumXMLDepth = 16
    package static let maximumXMLElements = 2000
}
