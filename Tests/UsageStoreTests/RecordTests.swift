import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Recording polls")
struct RecordTests {
    let folder: TestFolder
    let store: UsageStore

    init() throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
    }

    @Test("What was recorded comes back, each metric with its value, absent ones absent")
    func roundTrip() async throws {
        var full = UsageMinute()
        for (index, metric) in UsageMetric.allCases.enumerated() { full[metric] = Double(index + 1) * 1.5 }
        for metric in UsageTotals.metrics { full[metric] = full[metric]?.rounded() }
        let outcome = try await store.record(
            poll([(0, full), (1, usage(0)), (2, UsageMinute()), (3, usage(7))]))
        #expect(outcome.newSeries == 1)
        #expect(outcome.changedMinutes == 3)
        let window = try await store.window(account: account, region: region, span(0, 10))
        #expect(
            window == [
                sonnet: [
                    RecordedMinute(minute: minute(0), usage: full),
                    RecordedMinute(minute: minute(1), usage: usage(0)),
                    RecordedMinute(minute: minute(3), usage: usage(7)),
                ]
            ])
    }

    @Test("Window is half-open and leaves out other accounts, Regions and empty model IDs")
    func windowBounds() async throws {
        try await store.record(poll([(0, usage(1)), (1, usage(2)), (2, usage(3))]))
        try await store.record(poll("other", [(5, usage(9))]))
        var foreign = poll([(1, usage(100))])
        foreign.region = "us-east-1"
        try await store.record(foreign)
        foreign.region = region
        foreign.account = "dev"
        try await store.record(foreign)
        let window = try await store.window(account: account, region: region, span(1, 2))
        #expect(window == [sonnet: [RecordedMinute(minute: minute(1), usage: usage(2))]])
        #expect(try await store.window(account: account, region: region, span(1, 1)).isEmpty)
        #expect(try await store.window(account: "none", region: region, span(0, 9)).isEmpty)
    }

    @Test("Reducing visits the same minutes as the window")
    func reduce() async throws {
        try await store.record(poll([(0, usage(1)), (1, usage(2))]))
        try await store.record(poll("b", [(1, usage(4))]))
        let sum = try await store.reduceMinutes(account: account, region: region, span(0, 5), into: 0.0) {
            $0 += $2.usage.invocations ?? 0
        }
        #expect(sum == 7)
    }

    @Test("Invariant 3: recording the same poll again writes nothing")
    func idempotent() async throws {
        let record = poll([(0, usage(1, input: 10)), (1, usage(2, latency: 812.25)), (5, usage(3))])
        try await store.record(record)
        let before = try await store.totalChanges()
        let outcome = try await store.record(record)
        #expect(outcome.unchangedMinutes == 3)
        #expect(outcome.changedMinutes == 0)
        #expect(outcome.newSeries == 0)
        #expect(try await store.totalChanges() == before)
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == 6)
    }

    @Test("A newer datapoint overwrites up and down; a metric that was not read again stays")
    func revision() async throws {
        try await store.record(poll([(0, usage(5, input: 100)), (1, usage(5, input: 100))]))
        let outcome = try await store.record(poll([(0, usage(7)), (1, usage(4, output: 9))]))
        #expect(outcome.changedMinutes == 2)
        let window = try await store.window(account: account, region: region, span(0, 2))
        #expect(window[sonnet]?.map(\.usage) == [usage(7, input: 100), usage(4, input: 100, output: 9)])
    }

    @Test("Invariant 2: zero is stored as zero, absent as NULL")
    func zeroAndAbsent() async throws {
        try await store.record(poll([(0, usage(0))]))
        #expect(try await store.rows("SELECT invocations, input_tokens FROM minutes") == ["0|NULL"])
    }

    @Test("Of one minute told twice in a poll the later datapoints win, counted once")
    func duplicateMinutes() async throws {
        var record = poll([(0, usage(5, input: 50)), (0, usage(6))])
        record.series.append(record.series[0])
        try await store.record(record)
        let window = try await store.window(account: account, region: region, span(0, 1))
        #expect(window[sonnet]?.map(\.usage) == [usage(6, input: 50)])
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == 6)
    }

    @Test(
        "A model ID that comes twice in a poll with many minutes is one, whatever waits to be written meanwhile"
    )
    func duplicateSeries() async throws {
        func series(_ modelID: String, _ minutes: Range<Int>, _ usage: UsageMinute) -> SeriesRecord {
            SeriesRecord(
                modelID: modelID, minutes: minutes.map { RecordedMinute(minute: minute($0), usage: usage) },
                covered: [])
        }
        var record = poll([])
        record.series = [
            series(sonnet, 0..<41, usage(1, input: 5)), series("other", 0..<3, usage(7)),
            series(sonnet, 20..<60, usage(2)), series("other", 3..<4, usage(8)),
        ]
        #expect(try await store.record(record).changedMinutes == 85)
        let window = try await store.window(account: account, region: region, span(0, 60))
        let expected = (0..<60).map { $0 < 20 ? usage(1, input: 5) : usage(2, input: $0 < 41 ? 5 : nil) }
        #expect(window[sonnet]?.map(\.usage) == expected)
        #expect(window["other"]?.map(\.usage.invocations) == [7, 7, 7, 8])
        let totals = try await store.totals(account: account, region: region)
        #expect(totals[sonnet]?.invocations == 100)
        #expect(totals[sonnet]?.inputTokens == 205)
        #expect(totals["other"]?.invocations == 29)
    }

    @Test("Counts up to 2^53 stay exact, their sum beyond it too")
    func exactCounts() async throws {
        let largest = 9_007_199_254_740_991.0
        try await store.record(
            poll([(0, usage(1, input: largest)), (1, usage(1, input: largest)), (2, usage(3, input: 1))]))
        let window = try await store.window(account: account, region: region, span(0, 1))
        #expect(window[sonnet]?.first?.usage.inputTokens == largest)
        #expect(
            try await store.totals(account: account, region: region)[sonnet]?.inputTokens
                == 18_014_398_509_481_983)
        #expect(
            try await store.rows("SELECT DISTINCT typeof(sum), typeof(exposed) FROM totals") == [
                "integer|integer"
            ])
        #expect(try await store.rows("SELECT DISTINCT typeof(input_tokens) FROM minutes") == ["integer"])
    }

    @Test("Sums of the largest counts stop at the largest integer instead of trapping")
    func saturation() async throws {
        let huge = (0..<1_100).map { ($0, usage(9_007_199_254_740_992)) }
        try await store.record(poll(huge))
        try await store.record(poll((2_000..<3_100).map { ($0, usage(9_007_199_254_740_992)) }))
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == .max)
    }

    @Test(
        "Datapoints that cannot be true are refused alone",
        arguments: [-1, .infinity, -.infinity, 9_007_199_254_740_994, 1e300])
    func refusedDatapoints(value: Double) async throws {
        let outcome = try await store.record(poll([(0, usage(value, input: 5)), (1, usage(value))]))
        #expect(outcome.refusedDatapoints == 2)
        #expect(outcome.changedMinutes == 1)
        let window = try await store.window(account: account, region: region, span(0, 2))
        #expect(window == [sonnet: [RecordedMinute(minute: minute(0), usage: usage(input: 5))]])
    }

    @Test(
        "Minutes outside 1970 to 9999 are refused without a trap",
        arguments: [Int.min, -1, 4_223_371_680, .max])
    func refusedMinutes(index: Int) async throws {
        var record = poll([(0, usage(1))])
        record.series[0].minutes.append(RecordedMinute(minute: Minute(index: index), usage: usage(1)))
        record.series[0].covered = [Minute(index: min(index, 0))..<Minute(index: max(index, 1))]
        let outcome = try await store.record(record)
        #expect(outcome.refusedMinutes == 1)
        #expect(outcome.changedMinutes == 1)
        _ = try await store.coverage(account: account, region: region)
        let all = Minute(index: .min)..<Minute(index: .max)
        #expect(try await store.window(account: account, region: region, all)[sonnet]?.count == 1)
    }

    @Test(
        "Hostile model IDs come back as they were",
        arguments: [
            "'; DROP TABLE minutes; --", "\"quoted\"", "nul\0inside", "\0", "🐘🇸🇬", "e\u{301}", "\n\r\t\u{7f}",
            "%_*?",
            String(repeating: "x", count: 2_048), String(repeating: "🙂", count: 512), " ", "NULL",
        ])
    func hostileModelIDs(modelID: String) async throws {
        // Printable in a failure, whatever the ID holds.
        let comment = Comment(rawValue: "bytes \(Array(modelID.utf8.prefix(20)))")
        try await store.rememberSeries(
            account: account, region: region, [modelID: ["Invocations"], modelID + "2": []], at: 5)
        try await store.record(poll(modelID, [(0, usage(3))]))
        let window = try await store.window(account: account, region: region, span(0, 1))
        #expect(window.keys.map { Array($0.utf8) } == [Array(modelID.utf8)], comment)
        let totals = try await store.totals(account: account, region: region)
        #expect(totals[modelID]?.invocations == 3, comment)
        let known = try await store.knownSeries(account: account, region: region)
        #expect(known == [modelID: ["Invocations"], modelID + "2": []], comment)
        let integrity = try await store.integrity()
        #expect(integrity == ["ok"], comment)
    }

    @Test("Empty and endless model IDs are refused, the poll's other series are not")
    func refusedSeries() async throws {
        var record = poll("", [(0, usage(1))])
        record.series += poll(String(repeating: "x", count: 4_097), [(0, usage(1))]).series
        record.series += poll([(0, usage(1))]).series
        let outcome = try await store.record(record)
        #expect(outcome.refusedSeries == 2)
        #expect(outcome.newSeries == 1)
        #expect(try await store.knownSeries(account: account, region: region) == [sonnet: []])
    }

    @Test("Coverage joins what overlaps or touches and keeps gaps")
    func coverage() async throws {
        try await store.record(poll([], covered: [span(0, 5)]))
        try await store.record(poll([], covered: [span(10, 15), span(20, 21), span(7, 7)]))
        var coverage = try await store.coverage(account: account, region: region)
        #expect(coverage == [sonnet: MinuteRanges([span(0, 5), span(10, 15), span(20, 21)])])
        try await store.record(poll([], covered: [span(5, 10)]))
        coverage = try await store.coverage(account: account, region: region)
        #expect(coverage == [sonnet: MinuteRanges([span(0, 15), span(20, 21)])])
        #expect(try await store.rows("SELECT count(*) FROM coverage") == ["2"])
    }

    @Test(
        "The newest datapoint is the newest of all series of the Region; zero is a datapoint, coverage is not"
    )
    func newestDatapoint() async throws {
        #expect(try await store.newestDatapoint(account: account, region: region) == nil)
        try await store.record(poll([(3, usage(1))], covered: [span(0, 30)]))
        try await store.record(poll("b", [(8, usage(0))]))
        try await store.record(poll("c", [(1, usage(4))]))
        #expect(try await store.newestDatapoint(account: account, region: region) == minute(8))
        #expect(try await store.newestDatapoint(account: account, region: "us-east-1") == nil)
    }

    @Test("Minutes far apart in one poll are recorded like others")
    func wideGaps() async throws {
        let offsets = [0, 1, 59, 60, 61, 121, 182, 5_000, 100_000]
        let record = poll(offsets.map { ($0, usage(Double($0))) })
        #expect(try await store.record(record).changedMinutes == offsets.count)
        #expect(try await store.record(record).unchangedMinutes == offsets.count)
        #expect(
            try await store.totals(account: account, region: region)[sonnet]?.invocations
                == offsets.reduce(0, +))
    }

    @Test("Callers at the same time are served one after the other")
    func concurrentCallers() async throws {
        let store = store
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<60 {
                group.addTask {
                    try await store.record(poll("m\(index % 3)", [(index, usage(1))]))
                    let totals = try await store.totals(account: account, region: region)
                    return totals.values.reduce(0) { $0 + $1.invocations }
                }
            }
            // Each caller sees its own poll at least, and no sum is seen that no order of polls explains.
            for try await sum in group { #expect((1...60).contains(sum)) }
        }
        let totals = try await store.totals(account: account, region: region)
        #expect(totals.mapValues(\.invocations) == ["m0": 20, "m1": 20, "m2": 20])
    }
}
