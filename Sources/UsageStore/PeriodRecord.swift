import QuotaModel

/// Datapoints of CloudWatch's coarser resolutions: a sum over 5 minutes or an hour, stored as what it is.
package struct PeriodRecord: Sendable {
    package enum Resolution: Int, CaseIterable, Sendable {
        /// What CloudWatch keeps for 63 days.
        case fiveMinutes = 5
        /// What CloudWatch keeps for 455 days.
        case hour = 60

        package var minutes: Int { rawValue }
    }

    package struct Series: Sendable {
        package var modelID: String
        /// By the first minute of the period.
        package var periods: [RecordedMinute]
        /// Whole periods.
        package var covered: [Range<Minute>]

        package init(modelID: String, periods: [RecordedMinute], covered: [Range<Minute>]) {
            self.modelID = modelID
            self.periods = periods
            self.covered = covered
        }
    }

    package var account: String
    package var region: String
    package var recordedAt: Int
    package var resolution: Resolution
    package var series: [Series]

    package init(account: String, region: String, recordedAt: Int, resolution: Resolution, series: [Series]) {
        self.account = account
        self.region = region
        self.recordedAt = recordedAt
        self.resolution = resolution
        self.series = series
    }
}
