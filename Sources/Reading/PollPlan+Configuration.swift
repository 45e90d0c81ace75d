import Configuration

extension PollPlan.Settings {
    /// Minutes are the unit of CloudWatch's data: windows and delays are rounded up to whole ones.
    package init(_ polling: PollingSettings) {
        func minutes(_ span: TimeSpan) -> Int { (span.seconds + 59) / 60 }
        self.init(
            intervalSeconds: polling.interval.seconds, rereadMinutes: minutes(polling.rereadWindow),
            settleMinutes: minutes(polling.settleDelay),
            silenceTimeoutMinutes: minutes(polling.silenceTimeout),
            discoveryIntervalSeconds: polling.discoveryInterval.seconds,
            quotaIntervalSeconds: polling.quotaInterval.seconds, backfillMinutes: minutes(polling.backfill),
            isAdaptive: polling.isAdaptive, relaxedIntervalSeconds: polling.relaxedInterval.seconds)
    }
}
