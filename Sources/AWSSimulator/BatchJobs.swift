import FoundationEssentials

/// A batch inference job as ListModelInvocationJobs describes it.
package struct SimulatedBatchJob: Sendable {
    package var region: String
    /// Twelve lower-case letters and digits.
    package var id: String
    package var modelID: String
    /// How long before the question it was submitted, so that the same jobs are there whenever one asks.
    package var ageSeconds: Int
    /// Nil where the records tell it: `InProgress` while some are pending, else `Completed`.
    package var status: String?
    package var records: Int
    /// Since it was submitted.
    package var recordsPerMinute: Int
    package var errorsPermille: Int

    package init(
        region: String, id: String, modelID: String, ageSeconds: Int, status: String? = nil,
        records: Int = 1000,
        recordsPerMinute: Int = 0, errorsPermille: Int = 0
    ) {
        self.region = region
        self.id = id
        self.modelID = modelID
        self.ageSeconds = ageSeconds
        self.status = status
        self.records = records
        self.recordsPerMinute = recordsPerMinute
        self.errorsPermille = errorsPermille
    }

    private var processed: Int { min(records, ageSeconds / 60 * recordsPerMinute) }

    func append(to text: inout JSONText, region: String, account: String, now: Double) {
        let submitted = now - Double(ageSeconds)
        let errors = processed * errorsPermille / 1000
        let current = status ?? (processed < records ? "InProgress" : "Completed")
        text.object { text in
            text.member("jobArn", "arn:aws:bedrock:\(region):\(account):model-invocation-job/\(id)")
            text.member("jobName", "job-\(id)")
            text.member("modelId", modelID)
            text.member("roleArn", "arn:aws:iam::\(account):role/batch")
            text.member("status", current)
            text.member("submitTime", Self.time(submitted))
            Self.append("inputDataConfig", "s3InputDataConfig", "s3://simulated/in/\(id)", to: &text)
            Self.append("outputDataConfig", "s3OutputDataConfig", "s3://simulated/out/", to: &text)
            // Records are counted when the input has been looked through.
            guard !["Submitted", "Validating"].contains(current) else { return }
            text.member("totalRecordCount", records)
            text.member("processedRecordCount", processed)
            text.member("successRecordCount", processed - errors)
            text.member("errorRecordCount", errors)
        }
    }

    private static func append(_ name: String, _ kind: String, _ uri: String, to text: inout JSONText) {
        text.key(name)
        text.object { text in
            text.key(kind)
            text.object { $0.member("s3Uri", uri) }
        }
    }

    private static func time(_ epochSeconds: Double) -> String {
        Date(timeIntervalSince1970: epochSeconds.rounded(.down)).formatted(.iso8601)
    }
}

extension BedrockService {
    /// The jobs that were submitted after `submitTimeAfter`, the newest first.
    func listModelInvocationJobs(
        _ request: SimulatedRequest, now: Double
    ) throws(ServiceError) -> [UInt8] {
        var after = -Double.infinity
        if let text = request.queryValue("submitTimeAfter") {
            // What is no time is refused.
            guard let date = try? Date.ISO8601FormatStyle().parse(text) else {
                throw ServiceError(.validation, "submitTimeAfter is no time.")
            }
            after = date.timeIntervalSince1970
        }
        let size = try pageSize(request.queryValue("maxResults"))
        let token = try PageToken(
            request.queryValue("nextToken"), of: Noise.seed("\(region)/jobs"), error: .validation)
        let rows = scenario.batchJobs.filter { $0.region == region && now - Double($0.ageSeconds) > after }
            .sorted { $0.ageSeconds < $1.ageSeconds }
        let page = token.page(of: rows, size: size)
        var text = JSONText(reservedBytes: 256 + page.rows.count * 620)
        text.object { text in
            text.key("invocationJobSummaries")
            text.array { text in
                for job in page.rows {
                    job.append(to: &text, region: region, account: scenario.account, now: now)
                }
            }
            if let next = page.next { text.member("nextToken", next.text) }
        }
        return text.bytes
    }
}
