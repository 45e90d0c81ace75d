import AWSClient
import QuotaModel
import System
import UsageStore

/// Reads the configured tags of application inference profiles with traffic, one profile after the other, between polls.
///
/// Nothing depends on it: what is refused leaves labels empty.
///
/// Of one actor, on which all of it runs.
package final class ProfileTagReading {
    /// Between two profiles: Bedrock's control plane takes few calls a second.
    private static let pauseSeconds = 0.25
    /// AWS's own limit on a tag's value.
    private static let longestValue = 256
    /// Of a profile that was deleted since it was listed.
    private static let goneCode = "ResourceNotFoundException"

    private let account: AccountSession
    private let key: RegionKey
    private let discovery: RegionDiscovery
    private let services: ReadServices
    /// When each profile was last asked for.
    private var tries: [String: Double] = [:]
    /// Profiles whose last answer was a failure.
    private var failing: Set<String> = []
    /// As new while nothing fails.
    private var retries = RefreshTimer()
    private var told = RepeatedFailures()

    package init(
        _ account: AccountSession, _ key: RegionKey, discovery: RegionDiscovery, services: ReadServices
    ) {
        self.account = account
        self.key = key
        self.discovery = discovery
        self.services = services
    }

    /// Asks for each profile that was not asked for within the interval, those that waited longest first. Ends with
    /// the first failure, and when the task is cancelled; the next round goes on from there.
    package nonisolated(nonsending) func read(intervalSeconds: Int) async {
        guard !account.profileTags.isEmpty, account.hasAccess,
            retries.isDue(intervalSeconds: intervalSeconds, now: services.clock.now())
        else { return }
        let bedrock = account.bedrock(key.region)
        for (index, profile) in due(intervalSeconds: intervalSeconds).enumerated() {
            guard let arn = profile.arn else { continue }
            do {
                if index > 0 { try await services.clock.sleep(Self.pauseSeconds) }
            } catch {
                // Only cancellation ends a sleep.
                return
            }
            do throws(AWSError) {
                let tags = try await bedrock.listTags(ofResource: arn)
                discovery.take(kept(tags), ofProfile: profile.id)
            } catch {
                // The next poll cuts it off; nothing is wrong then.
                guard error.kind != .cancelled, !Task.isCancelled else { return }
                tries[profile.id] = services.clock.now()
                if error.code == Self.goneCode { continue }
                failing.insert(profile.id)
                return failed(error, arn)
            }
            tries[profile.id] = services.clock.now()
            failing.remove(profile.id)
        }
        retries = RefreshTimer()
        if failing.isEmpty { _ = told.worked(Self.task) }
    }

    private func due(intervalSeconds: Int) -> [InferenceProfile] {
        let profiles = discovery.known.inventory.applicationProfiles(among: discovery.known.active)
        let ids = Set(profiles.map(\.id))
        tries = tries.filter { ids.contains($0.key) }
        failing.formIntersection(ids)
        let now = services.clock.now()
        return
            profiles
            .filter { PollPlan.isDue(last: tries[$0.id], intervalSeconds: intervalSeconds, now: now) }
            .sorted { (tries[$0.id] ?? 0, $0.id) < (tries[$1.id] ?? 0, $1.id) }
    }

    private func kept(_ tags: [String: String]) -> [String: String] {
        var kept: [String: String] = [:]
        for tag in account.profileTags {
            kept[tag.key] = tags[tag.key].map {
                VisibleText.escaped(String($0.prefix(Self.longestValue)))
            }
        }
        return kept
    }

    private static let task = "tags"

    private func failed(_ error: AWSError, _ arn: String) {
        let now = services.clock.now()
        retries.note(succeeded: false, now: now)
        services.metrics.unreadable(error, of: key)
        guard told.failed(Self.task, error.failureCode, now: now) else { return }
        services.log.warn(
            "Reading tags of inference profiles failed; labels stay as they are",
            [
                "account": key.account, "region": key.region, "resource": arn,
                "error": String(describing: error),
            ])
    }
}
