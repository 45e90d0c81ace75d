import Reading
import RemoteWrite

extension RemoteWriteReach {
    init(_ plan: PollPlan) {
        self.init(
            // A minute that has left the window of re-reading is never revised.
            revisableMinutes: max(plan.settleMinutes, plan.settings.rereadWindow.wholeMinutes),
            retentionMinutes: PollPlan.retentionMinutes, backfillMinutes: plan.settings.backfill.wholeMinutes,
            firstReadMinutes: PollPlan.firstReadMinutes)
    }
}
