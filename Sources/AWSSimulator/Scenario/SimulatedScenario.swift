/// The world that the simulator shows: who asks, what is used, what is allowed.
package struct SimulatedScenario: Sendable {
    /// The API's limits on a page.
    package static let defaultDatapointsPerPage = 100_800
    package static let defaultMetricsPerPage = 500
    package static let defaultQuotasPerPage = 100
    package static let defaultProfilesPerPage = 100
    /// 2026-11-01, the day on which the generated traffic's growth is 1.
    package static let defaultGrowthAnchorDay = 20_758
    /// The five source Regions of Global cross-Region inference in Asia.
    package static let globalSourceRegions = [
        "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2",
    ]

    /// Twelve digits; keys that AssumeRole did not issue belong to it.
    package var account = "111122223333"
    /// Generated traffic.
    package var traffic: [ModelTraffic] = []
    /// Exact values; they take the place of generated series with the same identity.
    package var series: [SimulatedSeries] = []
    package var quotas: [SimulatedQuota] = []
    package var profiles: [SimulatedProfile] = []
    package var models: [SimulatedModel] = []
    package var delivery = DeliveryModel.immediate
    package var seed: UInt64 = 1
    package var growthAnchorDay = defaultGrowthAnchorDay
    package var datapointsPerPage = defaultDatapointsPerPage
    package var metricsPerPage = defaultMetricsPerPage
    package var quotasPerPage = defaultQuotasPerPage
    package var profilesPerPage = defaultProfilesPerPage
    /// Nil accepts every access key ID.
    package var acceptedKeyIDs: Set<String>?
    /// What a request beyond 15 minutes of the clock is called: `RequestTimeTooSkewed`, or a wrong signature as
    /// most services have it.
    package var answersRequestTimeTooSkewed = false
    /// Nil asks for none; otherwise AssumeRole needs this external ID.
    package var requiredExternalID: String?

    /// An account without traffic, quotas or profiles.
    package init() {}
}
