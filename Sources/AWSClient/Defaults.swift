/// Every limit and default of the AWS client, in one place.
package enum AWSDefaults {
    // Transfers.
    /// From the start of a transfer to its last byte.
    package static let requestTimeout: Duration = .seconds(30)
    /// Of one answer, decoded; a full page of 100,800 datapoints is about 4 MB.
    package static let maximumResponseBytes = 32 << 20

    // Retries: botocore's standard mode.
    /// Of one call, the first included.
    package static let maximumAttempts = 3
    /// `AWS_MAX_ATTEMPTS` above it is cut down to it.
    package static let highestMaximumAttempts = 10
    /// Longest wait between two attempts.
    package static let maximumBackoffSeconds = 20.0
    /// Tokens that a host's budget holds when full.
    package static let retryBudgetCapacity = 500
    /// Tokens that a retry costs.
    package static let retryCost = 5
    /// Tokens that a retry after a timeout costs.
    package static let timeoutRetryCost = 10
    /// Tokens that a success without retries gives back.
    package static let retryBudgetRefill = 1
    /// The server's clock must differ by more than this before a request is signed anew with its time.
    package static let minimumClockSkewSeconds = 240
    /// A difference of clocks that no slow answer explains: twice the time that a transfer may take.
    package static let minimumObservedSkewSeconds = 60

    // Errors.
    /// Longest message about credentials: a reason for each of ten sources with its paths.
    package static let maximumCredentialsMessageLength = 4000

    // Pages.
    /// CloudWatch lists 500 metrics a page.
    package static let maximumListMetricsPages = 100
    /// CloudWatch's own limit on queries of one GetMetricData call.
    package static let queriesPerCall = 500
    /// CloudWatch's own limit on datapoints of one GetMetricData page.
    package static let datapointsPerCall = 100_800
    /// Pages of one GetMetricData call.
    package static let maximumMetricDataPages = 100
    /// Datapoints that one `getMetricData` may be asked for over all queries: 8 MB of memory.
    package static let maximumDatapointsPerRequest = 500_000
    /// Extra calls that one refused batch may cost while the bad query is looked for.
    package static let maximumBisectionCalls = 64
    /// Service Quotas' own limit; Bedrock has about 1,100 quotas.
    package static let quotasPerPage = 100
    /// Pages of one listing of quotas.
    package static let maximumQuotaPages = 60
    /// Bedrock's own limit.
    package static let profilesPerPage = 1000
    /// Pages of one listing of inference profiles, custom models or their deployments.
    package static let maximumProfilePages = 20
    /// Bedrock's own limit.
    package static let batchJobsPerPage = 1000
    /// Pages of one listing of batch jobs.
    package static let maximumBatchJobPages = 20
    /// Pages of one answer of Logs Insights, of up to 10,000 rows each.
    package static let maximumQueryResultPages = 20
    /// Organizations' own limit, of accounts and of organizational units.
    package static let organizationEntriesPerPage = 20
    /// Pages of one listing of an organization: 20,000 accounts.
    package static let maximumOrganizationPages = 1000
    /// Longest page token that is sent back, in bytes.
    package static let maximumPageTokenLength = 64 << 10

    // SNS.
    /// SNS's own limit on a message.
    package static let maximumNotificationBytes = 256 << 10
    /// SNS's own limit on a subject is fewer than 100 characters.
    package static let maximumSubjectLength = 99

    // XML answers of STS and SNS.
    /// Longest XML document that is read.
    package static let maximumXMLBytes = 256 << 10
    /// Elements that may be open within each other.
    package static let maximumXMLDepth = 16
    /// Elements of one document.
    package static let maximumXMLElements = 2000
}
