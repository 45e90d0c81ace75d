import QuotaModel
import System
import UsageStore

/// `GET /api/v1/trends`: the last day of every pool in few bytes, for the overview's small charts.
package struct TrendsDocument: Encodable {
    struct Pool: Encodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        /// Sums of the day; null when nothing of it is known.
        var invocations = Nullable<Double>(nil)
        var throttles = Nullable<Double>(nil)
        var clientErrors = Nullable<Double>(nil)
        /// Input read from the prompt cache by all input of the day; null without input, and where nothing is known of it.
        var cacheReadShare = Nullable<Double>(nil)
        /// The model ID that used most quota tokens, and its share of the pool's; null where one model ID alone could.
        var topModelId = Nullable<String>(nil)
        var topModelShare = Nullable<Double>(nil)
        /// Of each quota the highest utilization in each step; null where it is not known.
        var peakRatio: [String: [Nullable<Double>]] = [:]
    }

    let start: String
    let end: String
    let stepSeconds: Int
    private(set) var pools: [Pool] = []

    private let range: Range<Minute>
    private let stepMinutes: Int
    private var places: [[String]: Int] = [:]
    /// Input of the day by pool, of the steps in which cache reads are known.
    private var inputs: [Int: (read: Double, all: Double)] = [:]
    /// Quota tokens of the day by pool and model ID.
    private var users: [Int: [(modelID: String, tokens: Double)]] = [:]

    private enum CodingKeys: String, CodingKey {
        case start, end, stepSeconds, pools
    }

    package init(range: Range<Minute>, stepMinutes: Int) {
        self.range = range
        self.stepMinutes = stepMinutes
        start = CivilTime.text(range.lowerBound.epochSeconds)
        end = CivilTime.text(range.upperBound.epochSeconds)
        stepSeconds = stepMinutes * 60
    }

    private var stepCount: Int { (range.count + stepMinutes - 1) / stepMinutes }

    /// Takes a row that is grouped as `UsageQuery.defaultGroupBy` says; rows of no pool are left out.
    package mutating func take(_ row: UsageRow) {
        guard row.group.count == 4, !row.group[3].isEmpty else { return }
        let place = place(of: row.group)
        let step = range.lowerBound.distance(to: row.step.lowerBound) / stepMinutes
        pools[place].invocations.add(row.sums[.invocations])
        pools[place].throttles.add(row.sums[.throttles])
        pools[place].clientErrors.add(row.sums[.clientErrors])
        addCacheReads(row, place)
        for (kind, figures) in row.quotas {
            guard let ratio = figures.peakRatio else { continue }
            let none = Array(repeating: Nullable<Double>(nil), count: stepCount)
            pools[place].peakRatio[kind.rawValue, default: none][step] = Nullable(Self.rounded(ratio))
        }
    }

    private mutating func addCacheReads(_ row: UsageRow, _ place: Int) {
        guard let read = row.cacheSavedQuotaTokens, let plain = row.sums[.inputTokens],
            let written = row.sums[.cacheWriteInputTokens]
        else { return }
        var input = inputs[place] ?? (0, 0)
        input.read += read
        input.all += plain + read + written
        inputs[place] = input
        guard input.all > 0 else { return }
        pools[place].cacheReadShare = Nullable(Self.rounded(input.read / input.all))
    }

    /// Takes a row of the whole range that is grouped by model ID as well; call `endUsers` after the last.
    package mutating func takeUser(_ row: UsageRow) {
        guard row.group.count == 5, let place = places[Array(row.group.prefix(4))],
            let tokens = row.quotaTokens
        else { return }
        users[place, default: []].append((row.group[4], tokens))
    }

    /// Finds whoever uses most of each pool that several model IDs share.
    package mutating func endUsers() {
        for (place, shares) in users where shares.count > 1 {
            let sum = shares.reduce(0) { $0 + $1.tokens }
            guard sum > 0, let top = shares.max(by: { ($0.tokens, $1.modelID) < ($1.tokens, $0.modelID) })
            else { continue }
            pools[place].topModelId = Nullable(top.modelID)
            pools[place].topModelShare = Nullable(Self.rounded(top.tokens / sum))
        }
        users = [:]
    }

    private mutating func place(of group: [String]) -> Int {
        if let place = places[group] { return place }
        pools.append(Pool(account: group[0], region: group[1], scope: group[2], model: group[3]))
        places[group] = pools.count - 1
        return pools.count - 1
    }

    /// To a hundredth of a percent, which no small chart can show finer.
    private static func rounded(_ ratio: Double) -> Double { (ratio * 10_000).rounded() / 10_000 }
}

extension Nullable<Double> {
    fileprivate mutating func add(_ more: Double?) {
        guard let more else { return }
        self = Nullable((value ?? 0) + more)
    }
}
