import AWSSimulator
import QuotaModel
import TestBench

@testable import Exposition

/// What fleets cost, and how many series they have, computed from the program's own metrics and prices.
enum FleetTables {
    // MARK: Cost

    private static let daysAMonth = 30
    private static let fleets = [1, 10, 50, 100, 500]

    static var cost: [[String]] {
        let shares = [(60, 1.0), (300, 1.0), (60, ReplayedDay.share)]
        let mantle = Double(UsageSource.mantle.metricNames.count) / Double(UsageMetric.allCases.count)
        return fleets.map { modelIDs in
            ["\(modelIDs)"] + shares.map { dollars(modelIDs: modelIDs, intervalSeconds: $0.0, share: $0.1) }
                + [dollars(modelIDs: modelIDs, intervalSeconds: 60, share: 1 + mantle)]
        }
    }

    static let costHead = [
        "Model IDs with traffic", "everything every minute", "everything every 5 minutes",
        "by default: adaptive, every minute", "everything every minute, as many models of bedrock-mantle too",
    ]

    /// A month, every metric of every model ID; to the cent below 1, to the dollar from 10.
    private static func dollars(modelIDs: Int, intervalSeconds: Int, share: Double) -> String {
        let polls = daysAMonth * 86_400 / intervalSeconds
        let metrics = Double(modelIDs * UsageMetric.allCases.count * polls) * share
        let cents = Int((CloudWatchPrice.dollars(Int(metrics.rounded())) * 100).rounded())
        if cents >= 1000 { return Documentation.grouped((cents + 50) / 100) }
        if cents >= 100 { return "\((cents + 5) / 100).\((cents + 5) / 10 % 10)" }
        return "0.\(cents < 10 ? "0" : "")\(cents)"
    }

    // MARK: Series

    /// What there is one of, and how many series come with it while all goes well.
    struct Part: Equatable {
        let name: String
        let labels: String
        let series: Int
    }

    /// Descriptors by their labels; of some labels there are several values a part.
    private static func series(labels: [String], times: Int = 1) -> Int {
        descriptors.count { $0.labels == labels } * times
    }

    private static let descriptors = MetricCatalog.all + ProcessMetricCatalog.all
    private static let region = ["account", "region"]
    private static let modelID = region + ["model_id"]
    private static let modelIDPlace = modelID + ["scope", "model", "profile_name", "profile_type"]
    private static let pool = region + ["scope", "model"]
    private static let quota = pool + ["quota"]
    private static let quotaSource =
        quota + ["quota_code", "limit_source", "matched_by", "burndown_rate", "burndown_source"]
    private static let build = ["version", "swiftversion", "os", "arch"]
    private static let receiver = ["receiver"]

    /// CloudWatch's, Service Quotas' and Bedrock's, which every Region is asked for; tags only where they are configured.
    private static var operations: Int {
        SimulatedOperation.allCases.count { operation in
            switch operation {
            // Asked only where custom model deployments have traffic, or tags are configured.
            case .listCustomModelDeployments, .listCustomModels, .listTagsForResource: false
            case _: operation.service != .securityTokens
            }
        }
    }

    static var parts: [Part] {
        [
            Part(
                name: "model ID", labels: shown(modelID),
                series: series(labels: modelID) + series(labels: modelIDPlace)),
            Part(name: "pool", labels: shown(pool), series: series(labels: pool)),
            Part(
                name: "quota of a pool", labels: shown(quota + ["window"]),
                series: series(labels: quota) + series(labels: quotaSource)
                    + series(labels: quota + ["window"], times: PeakWindow.allCases.count)),
            Part(
                name: "Region", labels: shown(region + ["operation"]),
                series: series(labels: region) + series(labels: region + ["operation"], times: operations)),
            Part(name: "receiver", labels: shown(receiver), series: receiverSeries),
            Part(name: "exporter", labels: "", series: series(labels: []) + series(labels: build)),
        ]
    }

    /// Of alerts or of remote write, whichever has more.
    private static var receiverSeries: Int {
        let all = descriptors.filter { $0.labels == receiver }
        let remoteWrite = all.count { $0.name.contains("_remote_write_") }
        return max(remoteWrite, all.count - remoteWrite)
    }

    private static func shown(_ labels: [String]) -> String {
        labels.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// Metrics whose series exist only while something is wrong or worth telling.
    static var occasional: [String] {
        let usual = [
            [], build, region, region + ["operation"], modelID, modelIDPlace, pool, quota, quotaSource,
            quota + ["window"],
            receiver,
        ]
        return descriptors.filter { !usual.contains($0.labels) }.map(\.name)
    }

    static let seriesHead = ["For each", "Series", "Labels"]

    static var series: [[String]] { parts.map { [$0.name, "\($0.series)", $0.labels] } }

    static let fleetHead = ["Regions", "Pools, each with one model ID and 3 quotas", "Series"]

    static var fleetSeries: [[String]] {
        [(1, 1), (1, 10), (5, 100), (25, 1000), (100, 10_000)].map { regions, pools in
            let counts = [
                "model ID": pools, "pool": pools, "quota of a pool": 3 * pools, "Region": regions,
                "exporter": 1,
            ]
            let total = parts.reduce(0) { $0 + $1.series * (counts[$1.name] ?? 0) }
            return [
                Documentation.grouped(regions), Documentation.grouped(pools), Documentation.grouped(total),
            ]
        }
    }
}

/// How figures are written.
enum Documentation {
    /// `1,234,567`.
    static func grouped(_ value: Int) -> String {
        value < 1000
            ? "\(value)" : grouped(value / 1000) + "," + String("\(1000 + value % 1000)".dropFirst())
    }
}
