import QuotaModel

/// Which Regions were never polled with success since the start, and why: ready is an exporter without any.
package struct Readiness: Equatable, Sendable {
    /// Regions that wait for the same reason.
    package struct Waiting: Equatable, Sendable, CustomStringConvertible {
        package let regions: [RegionKey]
        /// Why their last poll failed, without the Region's name; nil before the first poll has ended.
        package let failure: String?

        /// `prod ap-southeast-1, ap-southeast-3: GetMetricData: AccessDenied`.
        package var description: String { "\(names): \(failure ?? "not polled yet")" }

        /// Each account once.
        package var names: String {
            Dictionary(grouping: regions, by: \.account).sorted { $0.key < $1.key }.map { account, regions in
                "\(account) \(regions.map(\.region).joined(separator: ", "))"
            }.joined(separator: "; ")
        }
    }

    /// Whoever asks has no use for more.
    private static let mostReasons = 20
    /// sd_notify(3) messages of more than a page are dropped whole.
    private static let mostStatusCharacters = 500

    package let isStopping: Bool
    package let regionCount: Int
    package let waiting: [Waiting]
    /// What is known of an organization's accounts, where one is followed.
    private let organization: Organization?

    /// Whether it is known which accounts of an organization are read.
    package enum Organization: Equatable, Sendable {
        /// Not listed, for what reason if listing failed, or not all of their roles tried.
        case unsettled(failure: String?)
        /// Also when none of them is this exporter's.
        case settled
    }

    /// - Parameter regions: Those that were never polled with success, each with why its last poll failed.
    package init(
        isStopping: Bool, regionCount: Int, waiting regions: [(RegionKey, String?)],
        organization: Organization? = nil
    ) {
        self.organization = organization
        self.isStopping = isStopping
        self.regionCount = regionCount
        waiting = Self.grouped(regions)
    }

    /// In the order of Regions. AWS's errors name the Region that was asked, which would keep equal reasons apart.
    package static func grouped(_ regions: [(key: RegionKey, failure: String?)]) -> [Waiting] {
        let sorted = regions.sorted { $0.key < $1.key }.map { key, failure in
            (key, failure?.replacing(" in \(key.region): ", with: ": ", maxReplacements: 1))
        }
        var reasons: [String?] = []
        for (_, failure) in sorted where !reasons.contains(failure) { reasons.append(failure) }
        return reasons.map { reason in
            Waiting(regions: sorted.filter { $0.1 == reason }.map(\.0), failure: reason)
        }
    }

    package var isReady: Bool {
        guard !isStopping, waiting.isEmpty else { return false }
        return switch organization {
        case nil: regionCount > 0
        case .unsettled: false
        case .settled: true
        }
    }

    /// What `/-/ready` answers: one line, and when Regions wait, one more for each reason.
    package var text: String {
        guard !isReady else { return "bedrock-quota-exporter is ready.\n" }
        let more = max(0, waiting.count - Self.mostReasons)
        let lines =
            ["bedrock-quota-exporter is not ready: \(summary)."]
            + waiting.prefix(Self.mostReasons).map(\.description)
            + (more > 0 ? ["and \(more) more reasons: see /api/v1/status"] : [])
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
        if isStopping { return "it is stopping" }
        if case .unsettled(let failure) = organization {
            return "the organization's accounts are not all known yet" + (failure.map { ": \($0)" } ?? "")
        }
        if regionCount == 0 { return "no Region is polled yet" }
        return "\(waitingCount) of \(regionCount) Regions not polled with success since the start"
    }

    private var waitingCount: Int { waiting.reduce(0) { $0 + $1.regions.count } }

    /// For the status line of a service manager: the first reason; nil while no poll has failed.
    package var status: String? {
        guard !isStopping else { return nil }
        if case .unsettled(let failure?) = organization {
            return String(failure.prefix(Self.mostStatusCharacters))
        }
        guard let first = waiting.first(where: { $0.failure != nil }) else { return nil }
        let text = "\(waitingCount) never polled with success: \(first)"
        return text.count > Self.mostStatusCharacters ? text.prefix(Self.mostStatusCharacters) + "…" : text
    }
}
