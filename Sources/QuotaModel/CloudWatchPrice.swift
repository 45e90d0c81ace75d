/// https://aws.amazon.com/cloudwatch/pricing/: GetMetricData is billed per metric asked for, outside the free tier.
package enum CloudWatchPrice {
    package static let dollarsPerThousandMetrics = 0.01

    /// What these metrics cost, in US dollars.
    package static func dollars(_ metrics: Int) -> Double {
        Double(metrics) / 1000 * dollarsPerThousandMetrics
    }

    /// How many metrics these dollars buy.
    package static func metrics(forDollars dollars: Double) -> Int {
        Int((dollars / dollarsPerThousandMetrics * 1000).rounded(.down))
    }
}
