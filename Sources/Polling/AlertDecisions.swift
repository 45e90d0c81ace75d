import Alerting
import QuotaModel

/// Who decides by a Region's findings which alerts fire.
package protocol AlertDecisions: Sendable {
    /// What the evaluation of a Region needs to know.
    func context(of region: RegionKey) async -> (rules: AlertRules, tracked: Set<AlertIdentity>)
    /// Decides by all findings of one Region.
    func take(_ findings: [AlertFinding], of region: RegionKey) async
    /// Ends the alerts of Regions that turned out not to be polled, such as those of an account before it was known.
    func forgetUnwatched() async
}
