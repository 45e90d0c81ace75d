import Alerting
import FoundationEssentials
import QuotaModel
import TestBench
import Testing

@testable import Notifications
@testable import SQLite
@testable import System
@testable import UsageStore

/// Minutes of one pool as a script sets them, evaluated by a center whose state is in a real store.
final class AlertBench {
    static let pool = QuotaPool(
        account: "prod", region: "ap-southeast-1", scope: .global, model: "anthropic.claude-sonnet-4-6")
    static let region = RegionKey(account: "prod", region: "ap-southeast-1")
    /// 2026-11-03 10:00 UTC.
    static let start = Minute(containingEpochSeconds: 1_793_700_000)

    let folder: TestFolder
    let clock = ManualClock(Double(AlertBench.start.epochSeconds))
    let logged = Shared<[String]>([])
    let storeFailures = Shared(0)
    let firingChanges = Shared(0)
    private(set) var board = AlertBoard()
    private(set) var store: UsageStore
    private(set) var center: AlertCenter
    var rules = AlertRules()
    var receivers: [String: MessageForm] = ["am": .batch, "page": .single]
    var isWatched: @Sendable (RegionKey) -> Bool = { _ in true }

    var limit = 1_000_000.0
    var history = PoolHistory()
    var settled: Minute?
    var pollFailure: String?

    init() async throws {
        folder = try TestFolder()
        rules.standard.disabled = [.dataStale]
        store = try UsageStore.open(path: folder.database)
        center = Self.center(
            store, board, clock, logged, storeFailures, firingChanges, rules, receivers, isWatched)
        await center.restore()
    }

    private static func center(
        _ store: UsageStore, _ board: AlertBoard, _ clock: ManualClock, _ logged: Shared<[String]>,
        _ failures: Shared<Int>, _ firing: Shared<Int>, _ rules: AlertRules,
        _ receivers: [String: MessageForm],
        _ isWatched: @escaping @Sendable (RegionKey) -> Bool
    ) -> AlertCenter {
        AlertCenter(
            AlertCenter.Settings(rules: rules, receivers: receivers, isWatched: isWatched),
            services: AlertCenter.Services(
                store: store, board: board,
                clock: PollClock(
                    now: { clock.now }, sleep: { _ in try await Task.sleep(for: .seconds(3600)) }),
                log: Log(
                    level: .info, now: { Date(timeIntervalSince1970: 0) },
                    write: { line in logged.change { $0.append(line) } }),
                storageFailed: { failures.change { $0 += 1 } }, firingChanged: { firing.change { $0 += 1 } }))
    }

    /// Another process: nothing but the store's file is left of the one before.
    func restart() async throws {
        try await store.close()
        store = try UsageStore.open(path: folder.database)
        board = AlertBoard()
        center = Self.center(
            store, board, clock, logged, storeFailures, firingChanges, rules, receivers, isWatched)
        await center.restore()
    }

    func configure() async {
        await center.configure(
            AlertCenter.Settings(rules: rules, receivers: receivers, isWatched: isWatched))
    }

    // MARK: Minutes

    static func minute(_ offset: Int) -> Minute { start.advanced(by: offset) }

    func set(_ offset: Int, _ ratio: Double, covered: Bool = true) {
        history[Self.minute(offset)] = PoolMinute(
            quotaTokens: ratio * 1_000_000, requests: 1, sources: .weighted, isCovered: covered)
        if covered { settled = max(settled ?? Self.minute(offset), Self.minute(offset)) }
    }

    func observation(now: Double) -> AlertObservation {
        let quota = Quota(kind: .tokensPerMinute, limit: limit, source: .applied, code: "L-1")
        return AlertObservation(
            account: Self.region.account, region: Self.region.region, now: now, settled: settled,
            upSince: pollFailure == nil ? 0 : nil, pollFailure: pollFailure,
            pools: [PoolObservation(pool: Self.pool, quotas: [ObservedQuota(quota: quota)], history: history)]
        )
    }

    /// Evaluates at the start of a minute.
    func evaluate(at offset: Int) async {
        await evaluate(now: Double(Self.minute(offset).epochSeconds))
    }

    func evaluate(now: Double) async {
        clock.now = now
        let (rules, tracked) = await center.context(of: Self.region)
        let findings = AlertEvaluator(rules: rules).findings(of: observation(now: now), tracked: tracked)
        await center.take(findings, of: Self.region)
    }

    /// Settles one minute after the other, evaluating after each.
    func play(from offset: Int, _ ratios: [Double]) async {
        for (index, ratio) in ratios.enumerated() {
            set(offset + index, ratio)
            await evaluate(at: offset + index + 1)
        }
    }

    // MARK: What came of it

    /// Takes what waits for a receiver, such as `firing QuotaWarning`.
    func told(_ receiver: String = "am") async throws -> [String] {
        var told: [String] = []
        while let message = await center.next(for: receiver) {
            told += message.notices.map {
                "\($0.status.rawValue) \($0.identity.kind.rawValue.dropFirst("Bedrock".count))"
            }
            try await center.confirm(message, by: receiver)
        }
        return told
    }

    /// Pending and firing alerts, such as `firing QuotaWarning`.
    var shown: [String] {
        board.alerts.map { "\($0.phase.rawValue) \($0.identity.kind.rawValue.dropFirst("Bedrock".count))" }
    }

    /// The messages of the log, each once it was looked at.
    func takeLog(_ prefix: String = "") -> [String] {
        let lines = logged.value
        logged.change { $0 = [] }
        return lines.filter { $0.contains("msg=\"\(prefix)") }
    }

    /// Makes steps of the store fail.
    func setStepFault(_ fault: (@Sendable (String) -> Int32?)?) async throws {
        try await store.use("test") { (database) throws(StoreError) in database.stepFault = fault }
    }

    func run(_ sql: String) async throws {
        try await store.use("test") { (database) throws(StoreError) in _ = try database.run(sql) }
    }
}
