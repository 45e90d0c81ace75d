import AWSClient
import QuotaModel
import SQLite
import UsageStore

/// Asks CloudWatch for the minutes of one Region's model IDs, and stores what comes: the live window, and what is missing
/// of the past. It knows what was asked for and what came.
///
/// Of one actor, on which all of it runs.
package final class RegionReader {
    package let account: AccountSession
    package let key: RegionKey
    package let services: ReadServices
    /// As configured, or slower to keep a budget.
    package var plan: PollPlan
    /// What there is to be read.
    package let discovery: RegionDiscovery
    package let calls: CloudWatchCalls

    /// When the poll under way began, by CloudWatch's clock.
    package private(set) var now = 0.0
    /// The minutes that were asked for and answered, of every series that the store knows.
    package private(set) var coverage: [String: MinuteRanges] = [:]
    package private(set) var reads = LastReads()
    package var delivery = RegionDelivery()
    /// The newest minute with a datapoint.
    package private(set) var newestDatapoint: Minute?
    /// The newest minute that was settled when it was last read.
    package private(set) var settledMinute: Minute?
    /// The last minute that had settled by the clock when the Region was last read.
    package private(set) var readThrough: Minute?
    /// Minutes that were stored since `takeChanges`.
    private var changes = MinuteRanges()
    private var rereads = DayRereads()
    private var storedMinutes = StoredMinutes()

    package init(
        _ account: AccountSession, _ key: RegionKey, plan: PollPlan, discovery: RegionDiscovery,
        newestDatapoint: Minute?, services: ReadServices
    ) {
        self.account = account
        self.key = key
        self.plan = plan
        self.discovery = discovery
        self.newestDatapoint = newestDatapoint
        self.services = services
        calls = CloudWatchCalls(account.cloudWatch(key.region), key, services: services)
    }

    /// Takes up what an earlier run stored of the recent past.
    package nonisolated(nonsending) func restore(minutes: Int, now: Double) async throws(StoreError) {
        let end = plan.liveWindow(now: now).upperBound
        reads.move(to: end.advanced(by: -minutes)..<end)
        (reads, delivery) = try await services.store.reduceMinutes(
            account: key.account, region: key.region, end.advanced(by: -minutes)..<end,
            into: (reads, delivery)
        ) { known, modelID, minute in
            known.0.take(modelID, CollectionOfOne(minute))
            known.1.take(CollectionOfOne(minute.minute), of: SeriesName(modelID).source)
        }
    }

    // MARK: A poll

    /// Takes what the store has; read once a poll, because each record of minutes tells what it added.
    package nonisolated(nonsending) func readCoverage() async throws(StoreError) {
        coverage = try await services.store.coverage(account: key.account, region: key.region)
    }

    /// A poll begins at this time of this machine's clock; what is read from now on goes by CloudWatch's.
    ///
    /// - Returns: True when the clock was set back, so that what was known of the time to come is forgotten.
    package func begin(now local: Double) -> Bool {
        calls.adoptClock()
        let before = now
        now = local + Double(clockSkewSeconds)
        guard now < before else { return false }
        delivery.forget()
        reads = LastReads()
        storedMinutes = StoredMinutes()
        settledMinute = nil
        return true
    }

    /// The poll has brought something: what had settled by then is known.
    package func end() {
        readThrough = plan.settledEdge(now: now).advanced(by: -1)
        let settled = settledEdge.advanced(by: -1)
        settledMinute = max(settledMinute ?? settled, settled)
        noteLateness()
    }

    /// What is added to this machine's clock to get CloudWatch's.
    package var clockSkewSeconds: Int { calls.clock.skewSeconds }

    /// Minutes before are settled: old enough not to change, and not past what CloudWatch has delivered.
    package var settledEdge: Minute { delivery.settledEdge(now: now, plan) }

    /// The window that every poll reads again.
    package var liveWindow: Range<Minute> { plan.liveWindow(now: now) }

    /// The coverage of the series that are asked for.
    package var activeCoverage: [String: MinuteRanges] {
        var active: [String: MinuteRanges] = [:]
        for modelID in discovery.known.active { active[modelID] = coverage[modelID] ?? MinuteRanges() }
        return active
    }

    /// The minutes of which rows or coverage were stored since this was last asked for.
    package func takeChanges() -> MinuteRanges {
        defer { changes = MinuteRanges() }
        return changes
    }

    /// Holds what came in these recent minutes, from now on.
    package func hold(_ window: Range<Minute>) { reads.move(to: window) }

    // MARK: One read

    /// Asks for a read and stores all of its answers in one transaction, also when some calls failed.
    ///
    /// - Parameter withoutCoverage: Series of which minutes are stored, and do not count as asked for.
    nonisolated(nonsending) func perform(
        _ read: PollPlan.Read, withoutCoverage: Set<String> = []
    ) async -> ReadOutcome {
        var records: [SeriesRecord] = []
        var outcome = ReadOutcome()
        let leftOut = calls.leftOut
        let requests = PollPlan.requests(for: read, queriesPerSeries: discovery.known.costs).map {
            MetricQueries($0, names: discovery.known.names, without: leftOut)
        }
        if requests.contains(where: \.isReduced) { outcome.queryFailure = RefusedQueries.reason }
        let answers = await calls.ask(requests.map { ($0.queries, $0.window) }, &outcome)
        for case (let queries, let answer?) in zip(requests, answers) {
            calls.note(answer, in: &outcome)
            calls.leaveOut(queries.names(of: answer.refused), isSpecific: outcome.hasAnswer)
            records += queries.records(answer.series, settledEdge: plan.settledEdge(now: now))
        }
        guard !outcome.isOver else { return outcome }
        let complete = records.lazy.filter { !$0.covered.isEmpty }.map(\.modelID)
        outcome.uncovered = Set(read.modelIDs).subtracting(complete)
        limitCoverage(of: &records, without: withoutCoverage)
        do throws(StoreError) {
            try await store(records, of: read)
        } catch {
            outcome.end(error)
        }
        return outcome
    }

    /// Notes what was delivered; beyond it nothing is covered, whatever the clock says.
    private func limitCoverage(of records: inout [SeriesRecord], without: Set<String>) {
        for record in records {
            delivery.take(record.minutes.lazy.map(\.minute), of: SeriesName(record.modelID).source)
        }
        // By namespace, of which there are a few.
        var edges: [String: Minute] = [:]
        for index in records.indices {
            let modelID = records[index].modelID
            let namespace = SeriesName(modelID).source.namespace
            let edge = edges[namespace] ?? delivery.settledEdge(of: modelID, now: now, plan)
            edges[namespace] = edge
            guard !without.contains(records[index].modelID) else {
                records[index].covered = []
                continue
            }
            records[index].covered = records[index].covered.compactMap { range in
                range.lowerBound < edge ? range.clamped(to: range.lowerBound..<edge) : nil
            }
        }
    }

    private nonisolated(nonsending) func store(
        _ records: [SeriesRecord], of read: PollPlan.Read
    ) async throws(StoreError) {
        let spending = services.meter.unstored(of: key)
        let isOfPoll = read.countsTowardTotals && !read.isReread
        storedMinutes.move(to: liveWindow)
        let news =
            isOfPoll
            ? records.compactMap { storedMinutes.news(in: $0, covered: coverage[$0.modelID]) } : records
        let stored = try await services.store.record(
            PollRecord(
                account: key.account, region: key.region, recordedAt: Int(services.clock.now()),
                series: news, countsTowardTotals: read.countsTowardTotals, isReread: read.isReread,
                spending: spending))
        services.meter.noteStored(spending)
        storedMinutes.note(news, isCounted: isOfPoll)
        for (modelID, added) in stored.covered { coverage[modelID, default: MinuteRanges()].insert(added) }
        changes.insert(stored.changed)
        reads.take(records)
        for record in records {
            guard let last = record.minutes.last?.minute else { continue }
            newestDatapoint = max(newestDatapoint ?? last, last)
        }
        services.log.debug(
            "Read minutes",
            [
                "account": key.account, "region": key.region, "series": "\(records.count)",
                "minutes": "\(read.window.count)", "changed": "\(stored.changedMinutes)",
            ])
    }

    // MARK: Late data

    /// Asks for CloudWatch's own count of this daemon's calls: what is newer than the Region's silence shows that nothing is
    /// late. Only while there is a doubt, one metric a poll.
    package nonisolated(nonsending) func askForOtherDelivery() async -> ReadOutcome {
        var outcome = ReadOutcome()
        guard let newest = delivery.lateSince else { return outcome }
        let window = min(newest, liveWindow.lowerBound)..<liveWindow.upperBound
        var call = ReadOutcome()
        let answer = await calls.ask([RegionDelivery.ownCalls], in: window, &call)
        outcome.addAside(call)
        for point in answer?.series.values.flatMap(\.points) ?? [] where point.value > 0 {
            delivery.takeOther(Minute(containingEpochSeconds: point.epochSeconds))
        }
        return outcome
    }

    /// Remembers whether data seem late, and says so once.
    private func noteLateness() {
        guard let isLate = delivery.noteLateness(now: now, plan) else { return }
        services.log.warn(
            isLate
                ? "CloudWatch delivers late; minutes without data are unknown until newer ones come"
                : "CloudWatch delivers as usual again",
            [
                "account": key.account, "region": key.region,
                "lag_seconds": "\(Int(delivery.lagSeconds ?? 0))",
            ])
    }

    // MARK: The live window

    /// Reads the series, each from where its last read began; a few of them a whole day back.
    package nonisolated(nonsending) func readLive(_ modelIDs: [String]) async -> ReadOutcome {
        // A series is covered from its first read on, so that it is known that the read is still to be done.
        let unread = Set(modelIDs.filter { coverage[$0]?.isEmpty ?? true })
        var outcome = ReadOutcome()
        for read in liveReads(modelIDs, unread: unread) {
            let part = await perform(read, withoutCoverage: unread)
            outcome.add(part)
            guard !part.isOver else { return outcome }
            reads.note(read.modelIDs, uncovered: part.uncovered, now: now) {
                delivery.settledEdge(of: $0, now: now, plan)
            }
            if read.isReread { rereads.note(Set(read.modelIDs).subtracting(part.uncovered), now: now) }
        }
        return outcome
    }

    /// The reads of these series: most of the live window, a few of a whole day.
    private func liveReads(_ modelIDs: [String], unread: Set<String>) -> [PollPlan.Read] {
        let costs = discovery.known.costs
        let again = rereads.due(
            modelIDs.filter { !unread.contains($0) }, queries: { costs[$0] ?? 0 }, now: now)
        var live = plan.liveReads(
            of: Set(modelIDs).subtracting(again).sorted(), lastRead: reads.lastRead, now: now,
            delivered: delivery.lateSince)
        if !again.isEmpty {
            live.append(PollPlan.Read(window: dayWindow, modelIDs: again.sorted(), isReread: true))
        }
        return live
    }

    /// The last day.
    package var dayWindow: Range<Minute> {
        let end = liveWindow.upperBound
        return end.advanced(by: -PollPlan.firstReadMinutes)..<end
    }
}
