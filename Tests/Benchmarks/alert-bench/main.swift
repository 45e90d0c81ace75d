import Alerting
import FoundationEssentials
import Glibc
import Notifications
import QuotaModel
import System
import UsageStore

// Times the evaluation of 10,000 pools with three quotas each, a minute after the other, storage included.
// usage: alert-bench FOLDER [SHARE_OF_POOLS_ABOVE_80_PERCENT]…; prints JSON

let regions = 50
let poolsPerRegion = 200
let minutes = 10
let limits: [(QuotaKind, Double)] = [
    (.tokensPerMinute, 1_000_000), (.requestsPerMinute, 1000), (.tokensPerDay, 2_000_000_000),
]

func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

func residentMiB() -> Double {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
        separator: " ")
    return (fields.count > 1 ? Double(fields[1]) ?? 0 : 0) * 4096 / 1_048_576
}

/// What is written of one share of hot pools.
struct Result: Encodable {
    let pools: Int
    let hot: Int
    let alerts: Int
    let cpu_ms_per_minute: Double
    let evaluation_ms_per_minute: Double
    let cpu_ms_minute_of_firing: Double
    let store_bytes: Int
    let resident_mib: Double
}

/// One Region's pools of which the first ones are hot: above 80 % of two quotas, at another level each minute.
func observation(_ region: Int, settled: Minute, hot: Int, histories: (calm: PoolHistory, hot: PoolHistory))
    -> AlertObservation
{
    let pools = (0..<poolsPerRegion).map { index in
        let pool = QuotaPool(
            account: "bench", region: "r\(region)", scope: .global, model: "vendor.model-\(index)")
        return PoolObservation(
            pool: pool,
            quotas: limits.map {
                ObservedQuota(quota: Quota(kind: $0.0, limit: $0.1, source: .applied, code: "L-0"))
            },
            history: region * poolsPerRegion + index < hot ? histories.hot : histories.calm,
            shares: [ModelShare(modelID: "global.vendor.model-\(index)", share: 1)])
    }
    return AlertObservation(
        account: "bench", region: "r\(region)", now: Double(settled.advanced(by: 4).epochSeconds),
        settled: settled, upSince: 0, pools: pools)
}

func run(_ folder: String, share: Double) async throws -> Result {
    let path = "\(folder)/alerts-\(share).db"
    let store = try UsageStore.open(path: path)
    // Late in the day, when tokens since midnight take longest to add up.
    var now = Minute(index: 29_501_200)
    let center = AlertCenter(
        AlertCenter.Settings(
            rules: AlertRules(), receivers: ["am": .batch, "chat": .grouped], isWatched: { _ in true }),
        services: AlertCenter.Services(
            store: store, board: AlertBoard(), clock: PollClock(now: { 29_501_200 * 60 }, sleep: { _ in }),
            log: Log(write: { _ in }), storageFailed: {}, firingChanged: {}))
    await center.restore()
    let hot = Int(share * Double(regions * poolsPerRegion))
    var histories = (calm: PoolHistory(), hot: PoolHistory())
    for offset in -1440..<0 {
        histories.calm[now.advanced(by: offset)] = PoolMinute(
            quotaTokens: 300_000, requests: 300, isCovered: true)
        histories.hot[now.advanced(by: offset)] = histories.calm[now.advanced(by: offset)]
    }
    var first = 0.0
    var total = (evaluation: 0.0, all: 0.0)
    for step in 0..<minutes {
        histories.calm[now] = PoolMinute(quotaTokens: 300_000, requests: 300, isCovered: true)
        histories.hot[now] = PoolMinute(
            quotaTokens: 850_000 + Double(step * 1000), requests: 900 + Double(step), isCovered: true)
        let began = cpuSeconds()
        var evaluation = 0.0
        for region in 0..<regions {
            let key = RegionKey(account: "bench", region: "r\(region)")
            let (rules, tracked) = await center.context(of: key)
            let start = cpuSeconds()
            let findings = AlertEvaluator(rules: rules).findings(
                of: observation(region, settled: now, hot: hot, histories: histories), tracked: tracked)
            evaluation += cpuSeconds() - start
            await center.take(findings, of: key)
        }
        let spent = cpuSeconds() - began
        // Two minutes until everything hot fires, which is told apart.
        if step < 4 {
            first = max(first, spent)
        } else {
            total.evaluation += evaluation
            total.all += spent
        }
        now = now.advanced(by: 1)
    }
    let count = Double(minutes - 4)
    let result = Result(
        pools: regions * poolsPerRegion, hot: hot, alerts: await center.standing().firing.count,
        cpu_ms_per_minute: total.all / count * 1000,
        evaluation_ms_per_minute: total.evaluation / count * 1000,
        cpu_ms_minute_of_firing: first * 1000, store_bytes: store.sizeBytes(), resident_mib: residentMiB())
    try await store.close()
    return result
}

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
    print("usage: alert-bench FOLDER [SHARE_OF_POOLS_ABOVE_80_PERCENT]…")
    exit(2)
}
let shares = arguments.dropFirst(2).compactMap { Double($0) }
var results: [Result] = []
for share in shares.isEmpty ? [0, 0.01, 0.1, 1] : shares {
    results.append(try await run(arguments[1], share: share))
}
print(String(decoding: try JSONEncoder().encode(results), as: UTF8.self))
