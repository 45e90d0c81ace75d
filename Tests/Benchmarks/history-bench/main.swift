import Glibc
import QuotaModel
import UsageStore

// Fills a store with made traffic; with `ask` it times queries, too: the store's side of `history.py`. With `storm` it times
// polls after those days while all pools throttle for two hours.
// usage: history-bench fill|ask|storm FOLDER MODEL_IDS DAYS FIRST_MINUTE

/// The traffic of one minute, the same as `history.py` makes: whole numbers out of an integer hash. A model ID is throttled
/// for ten minutes some three times a day, and fails once a day.
func traffic(_ model: Int, _ minute: Int, inStorm: Bool = false) -> UsageMinute {
    func noise(_ salt: Int, at time: Int? = nil) -> Int {
        let time = time ?? minute
        var value = UInt64(truncatingIfNeeded: time &* 1_000_003 &+ model &* 7919 &+ salt &* 104_729)
        value = (value ^ (value >> 15)) &* 0x2c1b_3c6d & 0xffff_ffff
        return Int((value ^ (value >> 12)) % 1000)
    }
    var usage = UsageMinute()
    let requests = 50 + noise(1) % 100
    usage.invocations = Double(requests)
    usage.inputTokens = Double(requests * (800 + noise(2)))
    usage.outputTokens = Double(requests * (200 + noise(3) % 300))
    usage.cacheReadInputTokens = Double(requests * noise(4))
    usage.cacheWriteInputTokens = Double(requests * (noise(5) % 200))
    usage.clientErrors = Double(noise(6) % 3)
    usage.serverErrors = noise(7) == 0 ? 1 : 0
    usage.throttles = inStorm || noise(8, at: minute / 10) < 20 ? Double(noise(8) % 5) : 0
    usage.latencyMilliseconds = Double(900 + noise(9))
    return usage
}

func residentKiB() -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix("VmRSS:") { return Int(text.filter(\.isNumber)) ?? 0 }
    }
    return 0
}

/// Processor time of the whole process so far: what others do on the machine is not in it.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

let arguments = CommandLine.arguments
guard arguments.count == 6, ["fill", "ask", "storm"].contains(arguments[1]), let models = Int(arguments[3]),
    let days = Int(arguments[4]), let first = Int(arguments[5])
else {
    print("usage: history-bench fill|ask|storm FOLDER MODEL_IDS DAYS FIRST_MINUTE")
    exit(2)
}
let path = arguments[2] + "/usage.db"
let store = try UsageStore.open(path: path)
// The same account, Region and model IDs as in `stub_aws.py`.
let (account, region) = ("bench", "ap-southeast-1")
let names = (0..<models).map { "global.anthropic.claude-bench-\($0)" }
try await store.rememberSeries(
    account: account, region: region, Dictionary(uniqueKeysWithValues: names.map { ($0, ["Invocations"]) }),
    at: 0)
var assignments: [String: ScopedModel?] = [:]
for (index, name) in names.enumerated() {
    assignments[name] = ScopedModel(scope: .global, model: "model-\(index)")
}
try await store.recordAssignments(account: account, region: region, assignments)
let quota = Quota(kind: .tokensPerMinute, limit: 1_000_000, source: .applied, code: "L-1")
_ = try await store.recordQuotas(
    account: account, region: region,
    names.indices.map {
        PoolQuota(scope: .global, model: "model-\($0)", quota: quota)
    }, at: 0)

let clock = ContinuousClock()
var making = Duration.zero
var makingProcessor = 0.0
let processor = processorSeconds()
let ingest = try await clock.measure {
    for step in 0..<days * 6 {
        let start = Minute(index: first + step * 240)
        var records: [SeriesRecord] = []
        let before = processorSeconds()
        making += clock.measure {
            records = names.enumerated().map { index, name in
                SeriesRecord(
                    modelID: name,
                    minutes: (0..<240).map {
                        RecordedMinute(
                            minute: start.advanced(by: $0), usage: traffic(index, start.index + $0))
                    }, covered: [start..<start.advanced(by: 240)])
            }
        }
        makingProcessor += processorSeconds() - before
        try await store.record(
            PollRecord(
                account: account, region: region, recordedAt: 0, series: records, countsTowardTotals: true))
    }
}
let ingestProcessor = processorSeconds() - processor - makingProcessor
let rolling = try await clock.measure { while try await store.rollStep(atMost: 1000) > 0 {} }
_ = try await store.checkpoint()
let samples = models * days * 1440 * 9
let filled = """
    "samples": \(samples), "rows": \(samples / 9), "ingest_seconds": \(seconds(ingest - making)),
     "ingest_processor_seconds": \(ingestProcessor), "roll_seconds": \(seconds(rolling)), "bytes": \(store.sizeBytes())
    """
let end = Minute(index: first + days * 1440)
if arguments[1] == "storm" {
    // As a Region is polled: a quarter of an hour is read again, and the newest three minutes are not settled yet.
    var times: [Double] = []
    for newest in end..<end.advanced(by: 120) {
        let records = names.enumerated().map { index, name in
            SeriesRecord(
                modelID: name,
                minutes: (max(end, newest.advanced(by: -14))...newest).map {
                    RecordedMinute(minute: $0, usage: traffic(index, $0.index, inStorm: true))
                }, covered: [end.advanced(by: -1)..<max(end, newest.advanced(by: -2))])
        }
        let poll = PollRecord(
            account: account, region: region, recordedAt: newest.epochSeconds, series: records,
            countsTowardTotals: true)
        times.append(seconds(try await clock.measure { try await store.record(poll) }) * 1000)
    }
    let median = times.sorted()[60]
    print(
        "{\"poll_ms\": \(median), \"slowest_poll_ms\": \(times.max() ?? 0), \"last_poll_ms\": \(times[119])}")
    try await store.close()
    exit(0)
}
guard arguments[1] == "ask" else {
    print("{\(filled)}")
    try await store.close()
    exit(0)
}
let range = Minute(index: first)..<end
let year = end.advanced(by: -365 * 1440)..<end

/// The median of seven runs in milliseconds, and the sum of the rows' peaks for a comparison.
func time(_ reader: UsageReader, _ query: UsageQuery) async throws -> (
    milliseconds: Double, rows: Int, peak: Double
) {
    var times: [Double] = []
    var rows = 0
    var peak = 0.0
    for _ in 0..<7 {
        rows = 0
        peak = 0
        let taken = try await clock.measure {
            try await reader.rows(query) { row in
                rows += 1
                peak = max(peak, row.quotas[.tokensPerMinute]?.peakRatio ?? 0)
            }
        }
        times.append(seconds(taken) * 1000)
    }
    return (times.sorted()[3], rows, peak)
}

// The reader goes before the store is closed, which only then writes its log back whole.
do {
    let reader = try UsageReader.open(path: path)
    let onePool = try await time(reader, UsageQuery(range: range, stepMinutes: 60, model: "model-7"))
    let onePoolDaily = try await time(reader, UsageQuery(range: year, stepMinutes: 1440, model: "model-7"))
    let allPools = try await time(reader, UsageQuery(range: year, stepMinutes: 1440))
    print(
        """
        {\(filled),
         "one_pool_daily_ms": \(onePoolDaily.milliseconds), "one_pool_days": \(onePoolDaily.rows),
         "one_pool_hourly_ms": \(onePool.milliseconds), "one_pool_rows": \(onePool.rows), "one_pool_peak": \(onePool.peak),
         "all_pools_daily_ms": \(allPools.milliseconds), "all_pools_rows": \(allPools.rows), "resident_kib": \(residentKiB())}
        """)
}
try await store.close()
