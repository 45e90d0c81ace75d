import Reading
import RemoteWrite

extension RemoteWriteReach {
    init(_ plan: PollPlan) {
        self.init(
            // A minute that has left the window of re-reading is never revised.
            edge: { now in min(plan.settledEdge(now: now), plan.liveWindow(now: now).lowerBound) },
            retentionMinutes: PollPlan.retentionMinutes, backfillMinutes: plan.settings.backfillMinutes,
            firstReadMinutes: PollPlan.firstReadMinutes)
    }
}
