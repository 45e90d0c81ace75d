import QuotaModel
import SQLite

/// Groups throttled minutes into episodes and judges them, whenever minutes come, settle or change. The same minutes give the
/// same rows. Call inside the transaction that brought the minutes.
struct EpisodeRecorder {
    private let database: Database
    private let catalog: StoreCatalog
    private let scan: ThrottleScan
    private let table: EpisodeTable
    private let time: Int
    private var limitChanges: [RegionKey: [ScopedModel: [QuotaChange]]] = [:]
    /// By the hour that they begin with.
    private var shared: [RegionKey: [Int: SharedMinutes]] = [:]
    /// Whose minutes tell whether the quota of the day is used up, in an order that is always the same.
    private lazy var askedPools = Dictionary(
        grouping: catalog.pools.values.sorted { $0.id < $1.id }.filter {
            $0.pool.scope.isWeighed && $0.pool.scope.route == $0.pool.scope
        }, by: \.pool.place)

    /// Of the minutes beside an episode, those that show that it has ended.
    private static let marginMinutes = ThrottleEpisode.quietMinutes + ThrottleFacts.contextMinutes
    /// Of an episode's minutes, the newest that other pools are looked at in: an hour.
    private static let sharedMinutes = 60

    /// - Parameter time: When the minutes came, Unix seconds.
    init(_ database: Database, _ catalog: StoreCatalog, at time: Int) {
        self.database = database
        self.catalog = catalog
        scan = ThrottleScan(database: database, catalog: catalog)
        table = EpisodeTable(database)
        self.time = time
    }

    /// A record has changed minutes: judges what they touch.
    ///
    /// - Parameters:
    ///   - revised: Minutes that became known or other, by model ID.
    ///   - withErrors: The series with a throttle or a server error among them, or that had one there.
    static func record(
        account: String, region: String, _ revised: [String: MinuteRanges], withErrors: Set<Int>,
        at time: Int,
        in database: Database
    ) throws(StoreError) {
        let ranges = revised.values.compactMap(\.span)
        guard let first = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max() else {
            return
        }
        // Beside a pool's own minutes those of the Region's other pools matter.
        let touched = try EpisodeTable(database).pools(
            account: account, region: region, overlapping: (first..<end).widened)
        guard !withErrors.isEmpty || !touched.isEmpty else { return }
        let catalog = try StoreCatalog(database, of: RegionKey(account: account, region: region))
        var zones = touched
        for series in catalog.series {
            guard let span = revised[series.key.modelID]?.span else { continue }
            for pool in [series.pool, catalog.poolOfWhole(of: series)].compactMap({ $0 })
            where touched[pool] != nil || withErrors.contains(series.id) || catalog.addsUp(pool) {
                zones[pool] = zones[pool]?.hull(with: span) ?? span
            }
        }
        var recorder = EpisodeRecorder(database, catalog, at: time)
        for (pool, zone) in zones.sorted(by: { $0.key < $1.key }) { try recorder.judge(pool, zone) }
    }

    /// Groups and judges anew what lies in a range of a pool's minutes or reaches into it.
    mutating func judge(_ id: StoreCatalog.Pool.ID, _ range: Range<Minute>) throws(StoreError) {
        guard let pool = catalog.pools[id], pool.pool.scope.isWeighed else { return }
        let range = range.widened
        var day = range.lowerBound.startOfDay
        while day < range.upperBound {
            let next = day.advanced(by: 1440)
            try judge(pool, range.clamped(to: day..<next), day: day..<next)
            day = next
        }
    }

    /// - Parameter day: No episode reaches beyond it.
    private mutating func judge(
        _ pool: StoreCatalog.Pool, _ range: Range<Minute>, day: Range<Minute>
    ) throws(StoreError) {
        var zone = range
        var stored: [EpisodeTable.Stored] = []
        while true {
            stored = try table.read(pool.id, overlapping: zone).filter {
                day.contains($0.minutes.lowerBound)
            }
            let wider = stored.reduce(zone) { $0.hull(with: $1.minutes.widened.clamped(to: day)) }
            if wider == zone { break }
            zone = wider
        }
        let marks = try scan.errorMinutes(pool, in: zone)
        guard !marks.isEmpty || !stored.isEmpty else { return }
        var found: [ThrottleEpisode] = []
        for cluster in Self.clusters(marks) { found += try episodes(of: pool, around: cluster, day: day) }
        try replace(stored, with: found, of: pool, in: zone)
    }

    /// Minutes that may belong together; what lies farther apart never does.
    private static func clusters(_ minutes: [Minute]) -> [Range<Minute>] {
        var clusters: [Range<Minute>] = []
        for minute in minutes {
            let end = minute.advanced(by: 1)
            if let last = clusters.last,
                last.upperBound.distance(to: end) <= ThrottleEpisode.longestGapMinutes
            {
                clusters[clusters.count - 1] = last.lowerBound..<end
            } else {
                clusters.append(minute..<end)
            }
        }
        return clusters
    }

    // MARK: Judging

    private mutating func episodes(
        of pool: StoreCatalog.Pool, around cluster: Range<Minute>, day: Range<Minute>
    ) throws(StoreError) -> [ThrottleEpisode] {
        let margin =
            cluster.lowerBound.advanced(
                by: -Self.marginMinutes)..<cluster.upperBound.advanced(by: Self.marginMinutes)
        let minutes = try scan.minutes(of: pool, in: margin.clamped(to: StoreLimits.times))
        let groups = ThrottleEpisode.grouped(minutes.lazy.filter { cluster.contains($0.minute) })
        var use = DayUse(pool, through: cluster)
        var episodes: [ThrottleEpisode] = []
        for group in groups { episodes.append(try episode(group, minutes, of: pool, &use)) }
        return episodes
    }

    private mutating func episode(
        _ group: Range<Minute>, _ minutes: [ThrottleMinute], of pool: StoreCatalog.Pool, _ use: inout DayUse
    ) throws(StoreError) -> ThrottleEpisode {
        let context = ThrottleFacts.contextMinutes
        let near = group.lowerBound.advanced(by: -context)..<group.upperBound.advanced(by: context)
        var facts = ThrottleFacts(episode: group, minutes: minutes.filter { near.contains($0.minute) })
        facts.limitSources = scan.limitSources(at: group.lowerBound, try changes(of: pool.pool))
        facts.day = try use.facts(through: group, in: database)
        if ThrottleJudge.asksForOthers(facts) { facts.shared = try shared(facts, with: pool) }
        let quiet = min(
            group.upperBound.advanced(by: ThrottleEpisode.quietMinutes),
            max(near.upperBound, group.lowerBound.startOfDay.advanced(by: 1440)))
        let restsOn = near.lowerBound..<max(quiet, near.upperBound)
        return ThrottleEpisode(
            pool: pool.pool, minutes: group,
            throttles: facts.minutes.reduce(0) { $0 + (group.contains($1.minute) ? $1.throttles : 0) },
            judgement: ThrottleJudge.judge(facts), judgedAt: time,
            isSettled: minutes.count { restsOn.contains($0.minute) && $0.isCovered } == restsOn.count)
    }

    private mutating func changes(of pool: QuotaPool) throws(StoreError) -> [QuotaChange] {
        let model = pool.scopedModel
        if let known = limitChanges[pool.place] { return known[model] ?? [] }
        let changes = Dictionary(
            grouping: try QuotaHistory(database, account: pool.account, region: pool.region).changes()
        ) { ScopedModel(scope: $0.scope, model: $0.model) }
        limitChanges[pool.place] = changes
        return changes[model] ?? []
    }

    /// What a pool used of its day, read once for all of a day's episodes that lie near each other.
    private struct DayUse {
        private let pool: StoreCatalog.Pool
        private let minutes: Range<Minute>
        /// Quota tokens since 00:00 UTC at the end of each known minute.
        private var tokens: [(minute: Minute, sum: Double)]?

        init(_ pool: StoreCatalog.Pool, through cluster: Range<Minute>) {
            self.pool = pool
            minutes = cluster.lowerBound.startOfDay..<cluster.upperBound
        }

        /// Nil where the pool has no limit of a day.
        mutating func facts(
            through group: Range<Minute>, in database: Database
        ) throws(StoreError) -> ThrottleFacts.Day? {
            let last = group.upperBound.advanced(by: -1)
            guard let limit = pool.limits[.tokensPerDay]?.limit(at: last), limit > 0 else { return nil }
            if tokens == nil {
                var sum = 0.0
                tokens = try PoolUseMinute.read(pool, minutes, in: database).map { use in
                    sum += use.quotaTokens
                    return (use.minute, sum)
                }
            }
            let sum = tokens?.last { $0.minute <= last }?.sum
            return ThrottleFacts.Day(limit: limit, quotaTokens: sum ?? 0)
        }
    }

    // MARK: The Region's other pools

    private mutating func shared(
        _ facts: ThrottleFacts, with pool: StoreCatalog.Pool
    ) throws(StoreError) -> ThrottleFacts.Shared? {
        guard pool.pool.scope.route == pool.pool.scope else { return nil }
        let end = facts.episode.upperBound
        let range = max(facts.episode.lowerBound, end.advanced(by: -Self.sharedMinutes))..<end
        let all = try sharedMinutes(pool.pool.place, from: range.lowerBound)
        let throttled = facts.minutes.filter { range.contains($0.minute) && $0.isThrottled }
        var shared = ThrottleFacts.Shared(shutMinutes: 0, ofMinutes: throttled.count, models: 0)
        for minute in throttled {
            guard case .shut(let models) = all.state(at: minute.minute, in: range) else { continue }
            shared.shutMinutes += 1
            shared.models = max(shared.models, models)
        }
        return shared
    }

    /// Read once for all episodes of the Region that are looked at from a minute of the same hour on: where all pools
    /// throttle, each of them asks.
    private mutating func sharedMinutes(
        _ place: RegionKey, from first: Minute
    ) throws(StoreError) -> SharedMinutes {
        let hour = first.index - first.index % Self.sharedMinutes
        if let known = shared[place]?[hour] { return known }
        let start = Minute(index: hour)
        var minutes = SharedMinutes(start..<start.advanced(by: 2 * Self.sharedMinutes))
        for other in askedPools[place] ?? [] {
            minutes.add(try scan.minutes(of: other, in: minutes.range), of: other.pool.model)
        }
        shared[place, default: [:]][hour] = minutes
        return minutes
    }

    // MARK: Storing

    /// Writes what differs. What rests on minutes that are known no more, deleted or lost, stays as it was judged.
    private func replace(
        _ stored: [EpisodeTable.Stored], with found: [ThrottleEpisode], of pool: StoreCatalog.Pool,
        in zone: Range<Minute>
    ) throws(StoreError) {
        var found = found
        var covered: Set<Minute>?
        for old in stored {
            var same: Int?
            for index in found.indices where same == nil {
                if try table.isSame(old, as: found[index]) { same = index }
            }
            if let same {
                found.remove(at: same)
                continue
            }
            let throttles = found.reduce(0) { $0 + ($1.minutes.overlaps(old.minutes) ? $1.throttles : 0) }
            if throttles < old.throttles || !found.contains(where: { $0.minutes.overlaps(old.minutes) }) {
                if covered == nil { covered = try coveredMinutes(of: pool, in: zone) }
                let known = covered ?? []
                if old.minutes.lowerBound < catalog.frozenBefore || !old.minutes.allSatisfy(known.contains) {
                    found.removeAll { $0.minutes.overlaps(old.minutes) }
                    continue
                }
            }
            try table.delete(old, of: pool.id)
        }
        for new in found { try table.write(new, of: pool.id) }
    }

    private func coveredMinutes(
        of pool: StoreCatalog.Pool, in range: Range<Minute>
    ) throws(StoreError) -> Set<Minute> {
        Set(try PoolUseMinute.read(pool, range, in: database).lazy.filter(\.isCovered).map(\.minute))
    }
}

extension Range<Minute> {
    /// With all minutes that may belong to an episode with one of the range.
    fileprivate var widened: Range<Minute> {
        lowerBound.advanced(
            by: -ThrottleEpisode.longestGapMinutes)..<upperBound.advanced(
                by: ThrottleEpisode.longestGapMinutes)
    }
}
