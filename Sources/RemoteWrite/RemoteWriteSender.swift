import FoundationEssentials
import QuotaModel
import SQLite
import System
import UsageStore

/// Which minutes may be sent, as reading decides.
package struct RemoteWriteReach: Equatable, Sendable {
    /// How many minutes before the one in progress may still be revised.
    package let revisableMinutes: Int
    /// How far back, in minutes, holes can still be filled, history is filled in later, and a series' first read goes.
    package let retentionMinutes: Int
    package let backfillMinutes: Int
    package let firstReadMinutes: Int

    package init(
        revisableMinutes: Int, retentionMinutes: Int, backfillMinutes: Int, firstReadMinutes: Int
    ) {
        self.revisableMinutes = revisableMinutes
        self.retentionMinutes = retentionMinutes
        self.backfillMinutes = backfillMinutes
        self.firstReadMinutes = firstReadMinutes
    }
}

/// What all senders share.
package struct RemoteWriteServices: Sendable {
    package let store: UsageStore
    package let clock: PollClock
    package let log: Log
    package let metrics: RemoteWriteMetrics
    package let storageFailed: @Sendable () -> Void
    package let reach: RemoteWriteReach
    /// Uniform in 0..<1, for jitter.
    package let random: @Sendable () -> Double

    package init(
        store: UsageStore, clock: PollClock, log: Log, metrics: RemoteWriteMetrics,
        storageFailed: @escaping @Sendable () -> Void = {}, reach: RemoteWriteReach,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.store = store
        self.clock = clock
        self.log = log
        self.metrics = metrics
        self.storageFailed = storageFailed
        self.reach = reach
        self.random = random
    }
}

/// Pushes settled minutes to one receiver for ever, in the order of time over all of its streams.
///
/// The store is its queue: cursors say how far each stream has come and move only once the receiver has answered, so
/// neither an outage nor a kill loses or repeats a minute. Order over all streams matters to receivers that refuse what
/// is much older than their newest sample.
package actor RemoteWriteSender {
    private let name: String
    private let startMinutes: Int
    private let client: RemoteWriteClient
    private let services: RemoteWriteServices
    private let reader: RemoteWriteReader
    private var cursors: [RemoteWriteCursor.Key: RemoteWriteCursor] = [:]
    private var hasCursors = false
    /// Since when streams stand before a hole.
    private var waiting: [RemoteWriteCursor.Key: (next: Minute, since: Double)] = [:]

    package init(
        _ configuration: RemoteWriteSettings, client: RemoteWriteClient, services: RemoteWriteServices
    ) {
        name = configuration.name
        reader = RemoteWriteReader(
            store: services.store,
            externalLabels: configuration.externalLabels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        )
        startMinutes = configuration.start.seconds / 60
        self.client = client
        self.services = services
    }

    /// Sends until the task is cancelled.
    package func run() async {
        do {
            while !Task.isCancelled {
                if try await sendSlice() { continue }
                if try await sendRevisions() { continue }
                try await services.clock.sleep(RemoteWriteLimits.pauseSeconds)
            }
        } catch {
            // Only cancellation ends it.
            services.log.debug("Remote write stopped", ["receiver": name])
        }
    }

    /// Sends the oldest minutes that are due, at most a slice; false when there are none or the store failed.
    package func sendSlice() async throws(CancellationError) -> Bool {
        try await attempt {
            try await readCursors()
            let due = try await dueStreams()
            guard let slice = Self.slice(due.flatMap(\.streams).map(\.minutes.lowerBound)) else {
                return false
            }
            try await reader.batches(due, slice, send)
            return true
        }
    }

    private static func slice(_ starts: [Minute]) -> Range<Minute>? {
        starts.min().map { $0..<$0.advanced(by: RemoteWriteLimits.sliceMinutes) }
    }

    /// False when there is nothing to do or the store failed.
    private func attempt(_ work: () async throws -> Bool) async throws(CancellationError) -> Bool {
        do {
            return try await work()
        } catch let error as StoreError {
            services.storageFailed()
            services.log.error("Remote write failed", ["receiver": name, "error": "\(error)"])
            return false
        } catch {
            throw CancellationError()
        }
    }

    // MARK: What is due

    private func readCursors() async throws {
        guard !hasCursors else { return }
        for cursor in try await services.store.remoteWriteCursors(receiver: name) {
            cursors[cursor.key] = cursor
        }
        hasCursors = true
        guard cursors[.receiver] == nil else { return }
        let start = currentMinute.advanced(by: -startMinutes)
        try await advance([RemoteWriteCursor(key: .receiver, start: start, next: start)])
    }

    private var currentMinute: Minute { Minute(containingEpochSeconds: Int(services.clock.now())) }

    /// Where a stream begins that the receiver has not had: a day back, which the first read of a series brings,
    /// or as far as the receiver's own start says; never before the receiver's beginning.
    private var newStreamStart: Minute {
        let back = currentMinute.advanced(by: -max(startMinutes, services.reach.firstReadMinutes))
        return max(cursors[.receiver]?.next ?? currentMinute, back)
    }

    private var bounds: RemoteWriteStream.Bounds {
        let (current, reach) = (currentMinute, services.reach)
        return RemoteWriteStream.Bounds(
            edge: current.advanced(by: -reach.revisableMinutes),
            fillableFrom: current.advanced(by: -reach.retentionMinutes),
            backfilledFrom: current.advanced(by: -reach.backfillMinutes))
    }

    private func dueStreams() async throws -> [RemoteWriteDue] {
        var due: [RemoteWriteDue] = []
        var changed: [RemoteWriteCursor] = []
        for (account, region) in try await services.store.accountsAndRegions() {
            let key = RegionKey(account: account, region: region)
            let view = RemoteWriteRegion(
                key: key, sources: try await services.store.minuteSources(account: account, region: region))
            var streams: [(stream: RemoteWriteStream, minutes: Range<Minute>)] = []
            for var stream in view.streams(cursors: cursors, start: newStreamStart) {
                let minutes = settle(&stream)
                if cursors[stream.key] != stream.cursor { changed.append(stream.cursor) }
                if let minutes { streams.append((stream, minutes)) }
            }
            if !streams.isEmpty { due.append(RemoteWriteDue(region: view, streams: streams)) }
        }
        try await advance(changed)
        return due
    }

    /// Steps over what will not come, and returns what can be sent.
    private func settle(_ stream: inout RemoteWriteStream) -> Range<Minute>? {
        while true {
            switch stream.step(bounds, hasWaited: hasWaited(stream)) {
            case .idle: return nil
            case .send(let minutes):
                waiting[stream.key] = nil
                return minutes
            case .wait:
                if waiting[stream.key]?.next != stream.next {
                    waiting[stream.key] = (stream.next, services.clock.now())
                }
                return nil
            case .skip(let next, let lost):
                if lost > 0 { reportLost(stream, lost) }
                waiting[stream.key] = nil
                stream.next = next
            }
        }
    }

    private func hasWaited(_ stream: RemoteWriteStream) -> Bool {
        guard let mark = waiting[stream.key], mark.next == stream.next else { return false }
        return services.clock.now() - mark.since >= RemoteWriteLimits.holeSeconds
    }

    private func reportLost(_ stream: RemoteWriteStream, _ minutes: Int) {
        services.metrics.skipped(name, minutes: minutes)
        services.log.warn(
            "Remote write skips minutes that are not known",
            [
                "receiver": name, "account": stream.key.account, "region": stream.key.region,
                "subject": stream.key.subject, "minutes": "\(minutes)", "from": "\(stream.next.epochSeconds)",
            ])
    }

    /// In the store first: what memory says was stored must be.
    private func advance(_ changed: [RemoteWriteCursor]) async throws {
        guard !changed.isEmpty else { return }
        try await services.store.advanceRemoteWrite(receiver: name, changed)
        for cursor in changed { cursors[cursor.key] = cursor }
    }

    // MARK: Sending

    /// Sends a batch until it is dealt with, and moves its cursors. A refused one is cut in half again and again, so
    /// that what is wrong with one series costs the others nothing.
    private func send(_ batch: RemoteWriteBatch) async throws {
        var pending = [batch]
        var splits = RemoteWriteLimits.splitsPerBatch
        while let batch = pending.popLast() {
            guard !batch.parts.isEmpty else { continue }
            if let refusal = try await refusal(of: batch) {
                if splits > 0, let (first, second) = batch.halves() {
                    splits -= 1
                    pending += [second, first]
                    continue
                }
                drop(batch, refusal)
            }
            try await advance(batch.parts.map(\.cursor))
        }
    }

    /// Nil once the receiver has taken the batch; waits as long as it takes for an answer about the samples.
    private func refusal(of batch: RemoteWriteBatch) async throws -> String? {
        guard batch.sampleCount > 0 else { return nil }
        let request = batch.request
        var failures = 0
        while true {
            try Task.checkCancellation()
            switch await client.send(request) {
            case .accepted:
                services.metrics.accepted(
                    name, samples: batch.sampleCount, timestamp: batch.timestampSeconds)
                if failures > 0 {
                    services.log.info(
                        "Remote write works again", ["receiver": name, "failures_before": "\(failures)"])
                }
                return nil
            case .refused(let code, let reason):
                services.metrics.failed(name, code: code)
                return reason
            case .later(let code, let reason, let seconds):
                services.metrics.failed(name, code: code)
                let pause = max(backoff(failures), seconds ?? 0)
                failures += 1
                services.log.warn(
                    "Remote write failed",
                    [
                        "receiver": name, "failures_in_a_row": "\(failures)", "pause_seconds": "\(pause)",
                        "error": reason,
                    ])
                try await services.clock.sleep(pause)
            case .cancelled:
                throw CancellationError()
            }
        }
    }

    /// 1 s, doubled by each failure up to a minute, of which a random half is taken off.
    private func backoff(_ failures: Int) -> Double {
        let longest = RemoteWriteLimits.longestBackoffSeconds
        let full = min(RemoteWriteLimits.firstBackoffSeconds * Double(1 << min(failures, 16)), longest)
        return full * (1 - services.random() / 2)
    }

    // MARK: What changed afterwards

    /// Sends minutes again that changed after they were sent, the oldest first, at most a slice; false when there are
    /// none or the store failed. Whether the receiver takes them is its own affair, and counted.
    package func sendRevisions() async throws(CancellationError) -> Bool {
        try await attempt {
            try await readCursors()
            let revisions = try await services.store.remoteWriteRevisions(
                receiver: name, notedBefore: Int(services.clock.now() - RemoteWriteLimits.revisionSeconds))
            guard let slice = Self.slice(revisions.map(\.range.lowerBound)) else { return false }
            let due = try await streams(of: revisions.filter { $0.range.overlaps(slice) })
            var refused = 0
            var reason = ""
            try await reader.batches(due, slice) { batch in
                guard batch.sampleCount > 0 else { return }
                // Not cut into halves: a receiver that refuses one old sample refuses its neighbours as well.
                let refusal = try await refusal(of: batch)
                services.metrics.revised(name, minutes: batch.parts.count, isCorrected: refusal == nil)
                if refusal != nil { refused += batch.parts.count }
                reason = refusal ?? reason
            }
            if refused > 0 {
                services.log.warn(
                    "Remote write cannot correct minutes",
                    [
                        "receiver": name, "minutes": "\(refused)", "from": "\(slice.lowerBound.epochSeconds)",
                        "error": reason,
                    ])
            }
            try await services.store.forgetRevisions(
                receiver: name, revisions, before: slice.upperBound)
            return true
        }
    }

    /// The revised minutes whose figures are known, by stream.
    private func streams(of revisions: [RemoteWriteRevision]) async throws -> [RemoteWriteDue] {
        var due: [RemoteWriteDue] = []
        let places = Dictionary(grouping: revisions) {
            RegionKey(account: $0.key.account, region: $0.key.region)
        }
        for (key, revisions) in places.sorted(by: { $0.key < $1.key }) {
            let view = RemoteWriteRegion(
                key: key,
                sources: try await services.store.minuteSources(account: key.account, region: key.region))
            let known = Dictionary(
                view.streams(cursors: cursors, start: newStreamStart).map { ($0.key, $0) },
                uniquingKeysWith: { $1 })
            let streams = revisions.flatMap { revision -> [(RemoteWriteStream, Range<Minute>)] in
                guard let stream = known[revision.key] else { return [] }
                return stream.coverage.intersection(revision.range).ranges.map { (stream, $0) }
            }
            due.append(RemoteWriteDue(region: view, streams: streams))
        }
        return due
    }

    private func drop(_ batch: RemoteWriteBatch, _ reason: String) {
        services.metrics.dropped(name, samples: batch.sampleCount)
        services.log.warn(
            "Remote write drops samples that the receiver refuses",
            [
                "receiver": name, "samples": "\(batch.sampleCount)", "timestamp": "\(batch.timestampSeconds)",
                "first": batch.parts.first?.cursor.key.subject ?? "", "error": reason,
            ])
    }
}
