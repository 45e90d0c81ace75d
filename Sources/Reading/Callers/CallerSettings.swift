import QuotaModel

/// Whether and how it is read who used the quotas of an account.
package struct CallerSettings: Equatable, Sendable {
    package var isEnabled = false
    /// What callers are told apart by, each once, of the kinds that need logs; empty for the role.
    package var by: [String] = []
    /// Callers of a pool and hour that are kept by name, for each of `by`.
    package var keep = 20
    /// The log group that invocation logs go to; nil for what Bedrock says.
    package var logGroup: String?
    /// What Logs Insights may scan in a calendar month, UTC, all Regions of the account together.
    package var monthlyBudgetGigabytes = 200.0

    package init() {}

    package var kinds: [CallerKind] { by.isEmpty ? [.role] : by.compactMap(CallerKind.init) }

    package var monthlyBudgetBytes: Int {
        Int((monthlyBudgetGigabytes * LogsPrice.bytesPerGigabyte).rounded(.down))
    }
}

/// https://aws.amazon.com/cloudwatch/pricing/: Logs Insights is billed per gigabyte scanned.
package enum LogsPrice {
    package static let dollarsPerGigabyte = 0.005
    package static let bytesPerGigabyte = 1_000_000_000.0

    /// What scanning these bytes costs, in US dollars.
    package static func dollars(_ bytes: Int) -> Double {
        Double(bytes) / bytesPerGigabyte * dollarsPerGigabyte
    }
}
