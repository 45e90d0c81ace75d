import System

/// Whether and how it is read who used the quotas of an account.
package struct CallerSettings: Equatable, Sendable {
    package var isEnabled = false
    /// What callers are told apart by, each once, as `CallerKind` reads it; empty for the role.
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

/// What callers are told apart by; those of one kind split what was logged.
package enum CallerKind: Hashable, Sendable {
    case role
    case session
    /// A key of the metadata that requests carry.
    case metadata(key: String)

    private static let metadataPrefix = "metadata:"
    /// Bedrock's own limit.
    private static let keyLength = 1...256
    private static let keyPunctuation = Set(" :_@$#=/+,-.".utf8)

    /// Reads `role`, `session`, `metadata:KEY`; nil for other text, and for a key that no request can carry.
    package init?(_ text: String) {
        switch text {
        case "role": self = .role
        case "session": self = .session
        case _:
            guard text.hasPrefix(Self.metadataPrefix) else { return nil }
            let key = text.dropFirst(Self.metadataPrefix.count)
            guard Self.keyLength.contains(key.utf8.count),
                key.allSatisfy({
                    $0.isASCIILetterOrDigit
                        || $0.utf8.count == 1 && Self.keyPunctuation.contains($0.utf8.first ?? 0)
                })
            else { return nil }
            self = .metadata(key: String(key))
        }
    }

    /// As configurations and the store have it.
    package var text: String {
        switch self {
        case .role: "role"
        case .session: "session"
        case .metadata(let key): Self.metadataPrefix + key
        }
    }
}
