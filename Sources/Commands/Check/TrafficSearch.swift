import AWSClient
import QuotaModel
import Reading

/// Looks for traffic of Bedrock in the Regions of the partition that are not watched: one free request each.
struct TrafficSearch {
    enum Finding: Equatable, Sendable {
        /// With metrics in the last two weeks.
        case modelIDs(Int)
        /// Why it is not known, in a word or two.
        case unknown(String)
    }

    /// A Region that cannot be reached must not hold up the answer.
    private static let allowance = Duration.seconds(20)

    private let session: AccountSession
    /// The Regions that are looked at.
    let regions: [String]

    init(_ session: AccountSession) {
        self.session = session
        regions = Partition(region: session.regions[0]).regions.filter { !session.regions.contains($0) }
    }

    /// Every Region has a finding.
    func findings() async -> [String: Finding] {
        await withTaskGroup(of: (region: String, finding: Finding)?.self) { group in
            for region in regions { group.addTask { (region, await look(at: region)) } }
            group.addTask {
                // Cut off when all have answered.
                _ = try? await Task.sleep(for: Self.allowance)
                return nil
            }
            var findings: [String: Finding] = [:]
            for await found in group {
                if let found { findings[found.region] = found.finding }
                if found == nil || findings.count == regions.count { group.cancelAll() }
            }
            return findings
        }
    }

    private func look(at region: String) async -> Finding {
        do throws(AWSError) {
            let metrics = try await session.cloudWatch(region).firstMetrics(
                namespace: UsageSource.runtime.namespace)
            return .modelIDs(Discovery.series(in: metrics).count)
        } catch {
            return switch error.kind {
            case .accessDenied: .unknown("access denied")
            // What a Region says that the account has not enabled.
            case .credentialsRejected: .unknown("not enabled")
            case .transport, .cancelled: .unknown("no answer")
            case .credentials, .throttled, .refused, .serviceFailure, .malformedAnswer, .invalidRequest,
                .unaffordable:
                .unknown(error.failureCode)
            }
        }
    }

    /// What was found, and how to watch it.
    ///
    /// - Parameter watched: Regions that are to stay watched.
    func line(_ findings: [String: Finding], subject: String, watched: [String]) -> CheckLine {
        var busy: [(region: String, count: Int)] = []
        var unknown: [String: [String]] = [:]
        for region in regions {
            switch findings[region] {
            case .modelIDs(let count)?: if count > 0 { busy.append((region, count)) }
            case .unknown(let why)?: unknown[why, default: []].append(region)
            case nil: unknown["no answer", default: []].append(region)
            }
        }
        let rest = unknown.sorted { $0.key < $1.key }
            .map { "; not known of \($0.value.joined(separator: ", ")) (\($0.key))" }.joined()
        guard !busy.isEmpty else {
            return CheckLine(.ok, subject, "no other Region has metrics of Bedrock\(rest)")
        }
        let places = busy.map { "\($0.region) (\($0.count) model \($0.count == 1 ? "ID" : "IDs"))" }
        let all = (watched + busy.map(\.region)).joined(separator: ", ")
        return CheckLine(
            .warn, subject,
            "metrics of Bedrock in \(places.joined(separator: ", ")), not watched; to watch all that have traffic: "
                + "regions: [\(all)]\(rest)")
    }
}
