/// One batch inference job, as `ListModelInvocationJobs` lists it.
package struct BatchJob: Equatable, Sendable {
    /// Where a job is; the raw value is AWS's word.
    package enum Status: String, CaseIterable, Sendable {
        case submitted = "Submitted"
        case validating = "Validating"
        case scheduled = "Scheduled"
        case inProgress = "InProgress"
        case stopping = "Stopping"
        case stopped = "Stopped"
        case completed = "Completed"
        case partiallyCompleted = "PartiallyCompleted"
        case failed = "Failed"
        case expired = "Expired"
        /// None, or a word that is new.
        case unknown = ""

        /// Whether the job counts towards the quota of jobs "in progress and submitted". Which words AWS counts is not
        /// documented: these are all that come before a job's end.
        package var isInFlight: Bool {
            switch self {
            case .submitted, .validating, .scheduled, .inProgress: true
            case .stopping, .stopped, .completed, .partiallyCompleted, .failed, .expired, .unknown: false
            }
        }

        /// As in metrics and JSON.
        package var label: String {
            switch self {
            case .submitted: "submitted"
            case .validating: "validating"
            case .scheduled: "scheduled"
            case .inProgress: "in_progress"
            case .stopping: "stopping"
            case .stopped: "stopped"
            case .completed: "completed"
            case .partiallyCompleted: "partially_completed"
            case .failed: "failed"
            case .expired: "expired"
            case .unknown: "unknown"
            }
        }
    }

    /// As the caller wrote it: a base model, a profile, a custom model; ID or ARN.
    package let modelID: String
    package let status: Status
    package let records: BatchRecords

    package init(modelID: String, status: Status, records: BatchRecords = BatchRecords()) {
        self.modelID = modelID
        self.status = status
        self.records = records
    }
}

/// Records of jobs by what became of them; nil where no job states it.
package struct BatchRecords: Equatable, Sendable {
    /// Not yet processed.
    package var pending: Int?
    package var success: Int?
    package var error: Int?

    package init(pending: Int? = nil, success: Int? = nil, error: Int? = nil) {
        self.pending = pending
        self.success = success
        self.error = error
    }

    /// In the order of pages, each with its label.
    package var byResult: [(result: String, count: Int?)] {
        [("pending", pending), ("success", success), ("error", error)]
    }

    mutating func add(_ other: BatchRecords) {
        pending = Self.sum(pending, other.pending)
        success = Self.sum(success, other.success)
        error = Self.sum(error, other.error)
    }

    private static func sum(_ a: Int?, _ b: Int?) -> Int? {
        guard let a, let b else { return a ?? b }
        return a.addingReportingOverflow(b).overflow ? Int.max : a + b
    }
}

/// What one reading of a Region's jobs says, counted by model ID.
package struct BatchListing: Equatable, Sendable {
    struct Counts: Equatable, Sendable {
        var jobs: [BatchJob.Status: Int] = [:]
        /// Of jobs in flight.
        var records = BatchRecords()
    }

    /// Unix seconds.
    package let listedAt: Double
    let counts: [String: Counts]

    package init(_ jobs: some Sequence<BatchJob>, listedAt: Double) {
        var counts: [String: Counts] = [:]
        for job in jobs {
            counts[job.modelID, default: Counts()].jobs[job.status, default: 0] += 1
            if job.status.isInFlight { counts[job.modelID]?.records.add(job.records) }
        }
        self.listedAt = listedAt
        self.counts = counts
    }

    package var jobCount: Int { counts.values.reduce(0) { $0 + $1.jobs.values.reduce(0, +) } }
}

/// A model's batch jobs, and its quotas of jobs in flight. They draw on no quota of the runtime.
package struct BatchUse: Equatable, Sendable {
    /// The base model ID; the job's own model ID where its model is not known.
    package let model: String
    /// By status; those without a job are missing.
    package fileprivate(set) var jobs: [BatchJob.Status: Int] = [:]
    /// Of jobs in flight.
    package fileprivate(set) var records = BatchRecords()
    package fileprivate(set) var quotas: [QuotaUse] = []
    fileprivate var customJobsInFlight = 0

    fileprivate init(model: String) {
        self.model = model
    }

    /// Of base and custom models.
    package var jobsInFlight: Int { jobs.reduce(0) { $0 + ($1.key.isInFlight ? $1.value : 0) } }

    fileprivate func jobsInFlight(of kind: QuotaKind) -> Int {
        kind == .customModelBatchJobs ? customJobsInFlight : jobsInFlight - customJobsInFlight
    }

    fileprivate mutating func add(_ counts: BatchListing.Counts, isCustom: Bool) {
        jobs.merge(counts.jobs, uniquingKeysWith: +)
        records.add(counts.records)
        guard isCustom else { return }
        for (status, count) in counts.jobs where status.isInFlight { customJobsInFlight += count }
    }
}

extension QuotaCatalog {
    /// Models that are told apart; the jobs of what is beyond count under `other`.
    package static let maximumBatchModels = 200
    package static let otherBatchModels = "other"

    /// The jobs of each model with its quotas, ascending by model.
    package func batchUses(of listing: BatchListing) -> [BatchUse] {
        var uses: [String: BatchUse] = [:]
        for (modelID, counts) in listing.counts.sorted(by: { $0.key < $1.key }) {
            var (model, isCustom) = batchModel(modelID)
            if uses[model] == nil, uses.count >= Self.maximumBatchModels { model = Self.otherBatchModels }
            uses[model, default: BatchUse(model: model)].add(counts, isCustom: isCustom)
        }
        for (model, use) in uses {
            uses[model]?.quotas = quotas(scope: .batch, model: model).map { quota in
                QuotaUse(ofJobs: use.jobsInFlight(of: quota.kind), limitedBy: quota)
            }
        }
        return uses.values.sorted { $0.model < $1.model }
    }

    /// The base model that a job runs, and whether in a customised copy.
    private func batchModel(_ modelID: String) -> (model: String, isCustom: Bool) {
        if let arn = BedrockARN(modelID), arn.service == "bedrock", arn.kind == "custom-model" {
            // `amazon.nova-lite-v1:0:300k/abcdefghijkl`: the base model, with the context window that was customised.
            let base = arn.id.prefix { $0 != "/" }
            let parts = base.split(separator: ":", omittingEmptySubsequences: false)
            return (parts.prefix(2).joined(separator: ":"), true)
        }
        return (resolution(of: modelID).candidate?.model ?? modelID, false)
    }
}
