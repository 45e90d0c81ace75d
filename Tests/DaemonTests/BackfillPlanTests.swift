import QuotaModel
import Testing

@testable import Commands
@testable import History
@testable import Reading

@Suite("Plan of a backfill")
struct BackfillPlanTests {
    /// 12:00:30 of a day.
    private let now = Double(29_500_560 * 60 + 30)
    private var current: Minute { Minute(containingEpochSeconds: Int(now)) }

    private func plan(days: Int, until: Int = 0, fillsGaps: Bool = false) -> BackfillPlan {
        BackfillPlan(
            plan: PollPlan(settings: PollingSettings { $0.backfill = .minutes(days * 1440) }),
            range: current.advanced(by: -days * 1440)..<current.advanced(by: -until * 1440),
            fillsGaps: fillsGaps)
    }

    /// How often each minute of a series is asked for, by resolution; checks the alignment on the way.
    private func asked(_ requests: [BackfillPlan.Request], _ modelID: String) -> [BackfillPlan.Resolution:
        MinuteRanges]
    {
        var asked: [BackfillPlan.Resolution: MinuteRanges] = [:]
        for request in requests where request.read.modelIDs.contains(modelID) {
            let window = request.read.window
            #expect(window.lowerBound.index % request.resolution.minutes == 0)
            #expect(window.upperBound.index % request.resolution.minutes == 0)
            for (_, ranges) in asked {
                #expect(ranges.intersection(window).isEmpty, "asked twice: \(window)")
            }
            asked[request.resolution, default: MinuteRanges()].insert(window)
        }
        return asked
    }

    @Test("the whole memory of CloudWatch, each age at its resolution, without a hole between them")
    func wholeMemory() throws {
        let requests = plan(days: 455).requests(
            now: now, known: .init(minutes: ["a": MinuteRanges()]), queriesPerSeries: ["a": 9])
        let asked = asked(requests, "a")
        let minutes = try #require(asked[.minute]?.span)
        let fives = try #require(asked[.fiveMinutes]?.span)
        let hours = try #require(asked[.hour]?.span)
        #expect(asked.values.allSatisfy { $0.ranges.count == 1 })
        #expect(minutes.upperBound == current.advanced(by: 1))
        #expect(fives.upperBound == minutes.lowerBound)
        #expect(hours.upperBound == fives.lowerBound)
        for (range, days) in [(minutes, 15), (fives, 63), (hours, 455)] {
            let age = range.lowerBound.distance(to: current)
            #expect(age < days * 1440 && age >= days * 1440 - 120)
        }
        let newestFirst = requests.map(\.read.window.upperBound)
        #expect(newestFirst == newestFirst.sorted(by: >))
        #expect(requests.first?.read.countsTowardTotals == true)
        #expect(requests.count { $0.read.countsTowardTotals } == 1)
    }

    @Test("an end in the past leaves the newer part out, and a range beyond minutes asks for none")
    func end() throws {
        let known = BackfillPlan.Known(minutes: ["a": MinuteRanges()])
        let requests = plan(days: 100, until: 30).requests(now: now, known: known, queriesPerSeries: [:])
        let asked = asked(requests, "a")
        #expect(asked[.minute] == nil)
        #expect(asked[.fiveMinutes]?.span?.upperBound == current.advanced(by: -30 * 1440).roundedDown(to: 5))
        #expect(asked[.hour]?.span?.lowerBound == current.advanced(by: -100 * 1440).roundedUp(to: 60))
        #expect(plan(days: 1).requests(now: now, known: .init(minutes: [:]), queriesPerSeries: [:]).isEmpty)
    }

    @Test(
        "a downtime longer than CloudWatch keeps minutes is filled with longer periods, also before the range"
    )
    func gaps() {
        let back = { (days: Int) in self.current.advanced(by: -days * 1440) }
        let known = BackfillPlan.Known(minutes: [
            "a": MinuteRanges([back(40)..<back(35), back(20)..<current]), "b": MinuteRanges(),
        ])
        let poll = BackfillPlan(
            plan: PollPlan(settings: PollingSettings()), range: current..<current, fillsGaps: true)
        let requests = poll.periodRequests(now: now, known: known, queriesPerSeries: [:])
        #expect(
            asked(requests, "a") == [.fiveMinutes: MinuteRanges([back(35)..<back(20)])])
        #expect(asked(requests, "b").isEmpty)
    }

    @Test("every missing period in reach is asked for exactly once, none that is known", arguments: 0..<16)
    func oracle(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let days = Int.random(in: 1...455, using: &random)
        let fillsGaps = Bool.random(using: &random)
        let plan = plan(days: days, fillsGaps: fillsGaps)
        var known = BackfillPlan.Known(minutes: [:])
        func randomRanges(_ resolution: BackfillPlan.Resolution) -> MinuteRanges {
            MinuteRanges(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    let start = current.advanced(by: -Int.random(in: 5...460 * 1440, using: &random))
                    let length = Int.random(in: 1...60 * 1440, using: &random)
                    let range = start..<min(start.advanced(by: length), current.advanced(by: -3))
                    return range.inward(to: resolution.minutes)
                })
        }
        let modelIDs = ["a", "b", "c"]
        for modelID in modelIDs {
            known.minutes[modelID] = randomRanges(.minute)
            known.fiveMinutes[modelID] = randomRanges(.fiveMinutes)
            known.hours[modelID] = randomRanges(.hour)
        }
        let costs = ["a": 9, "b": 13, "c": 1]
        let requests = plan.periodRequests(now: now, known: known, queriesPerSeries: costs)
        for request in requests {
            let points =
                request.read.modelIDs.reduce(0) { $0 + request.read.queryCount(of: $1, costs) }
                * request.read.window.count / request.resolution.minutes
            #expect(points <= PollPlan.pointsPerRequest)
        }
        for modelID in modelIDs {
            let asked = asked(requests, modelID)
            for resolution in [BackfillPlan.Resolution.fiveMinutes, .hour] {
                let expected = missing(modelID, resolution, known, plan)
                #expect(asked[resolution] ?? MinuteRanges() == expected, "\(modelID) \(resolution)")
            }
        }
    }

    /// Period by period, as the words of the plan have it.
    private func missing(
        _ modelID: String, _ resolution: BackfillPlan.Resolution, _ known: BackfillPlan.Known,
        _ plan: BackfillPlan
    ) -> MinuteRanges {
        var missing = MinuteRanges()
        let minutes = known.minutes[modelID] ?? MinuteRanges()
        var oldest = plan.range.lowerBound
        if plan.fillsGaps, let first = minutes.ranges.first?.lowerBound { oldest = min(oldest, first) }
        let reach = BackfillPlan.reach(resolution, now: now)
        for start in stride(from: reach.lowerBound, to: reach.upperBound, by: resolution.minutes) {
            let period = start..<start.advanced(by: resolution.minutes)
            guard period.lowerBound >= oldest, period.upperBound <= plan.range.upperBound else { continue }
            var finer = [minutes, known.fiveMinutes[modelID] ?? MinuteRanges()]
            if resolution == .hour { finer.append(known.hours[modelID] ?? MinuteRanges()) }
            if finer.allSatisfy({ $0.ranges.allSatisfy { !$0.overlaps(period) } }) { missing.insert(period) }
        }
        return missing
    }

    @Test("the estimate adds up what each request asks for")
    func estimate() {
        let requests = plan(days: 455).requests(
            now: now, known: .init(minutes: ["a": MinuteRanges(), "b": MinuteRanges()]),
            queriesPerSeries: ["a": 9, "b": 4])
        let estimate = BackfillEstimate(requests, queriesPerSeries: ["a": 9, "b": 4])
        #expect(estimate.requests == requests.count)
        let all = UsageMetric.everyCloudWatchName.count
        let metrics = requests.reduce(0) { sum, request in
            let older = request.read.asksEveryMetric
            return sum + (request.read.modelIDs.contains("a") ? older ? all : 9 : 0)
                + (request.read.modelIDs.contains("b") ? older ? all : 4 : 0)
        }
        #expect(all == 13)
        #expect(estimate.metrics == metrics)
        #expect(abs(estimate.dollars - Double(metrics) * 0.00001) < 1e-12)
    }

    @Test(
        "what is older than CloudWatch lists metrics is asked for every metric, what is younger for the listed"
    )
    func everyMetric() {
        let requests = plan(days: 455).requests(
            now: now, known: .init(minutes: ["a": MinuteRanges()]), queriesPerSeries: ["a": 9])
        let listed = current.advanced(by: -PollPlan.listedMinutes)
        #expect(Set(requests.map(\.resolution)).count == 3)
        for request in requests {
            #expect(request.read.asksEveryMetric == (request.read.window.lowerBound < listed))
            #expect(request.read.window.upperBound <= listed || request.read.window.lowerBound >= listed)
            let queries = MetricQueries(
                request.read, names: ["a": ["Invocations"]], periodSeconds: request.resolution.minutes * 60)
            #expect(queries.queries.count == (request.read.asksEveryMetric ? 13 : 1))
        }
    }

    @Test(
        "orders: the default is all that CloudWatch keeps; nonsense is refused in words that name the forms")
    func orders() throws {
        let second = Int(now)
        let whole = try BackfillOrder(start: nil, end: nil, account: nil, region: nil, now: second)
        #expect(whole.range == current.advanced(by: -455 * 1440)..<current)
        let older = try BackfillOrder(
            start: "2001-01-01", end: "2100-01-01", account: nil, region: nil, now: second)
        #expect(older == whole)
        #expect(throws: UsageRequestError.self) {
            try BackfillOrder(start: "yesterday", end: nil, account: nil, region: nil, now: second)
        }
        #expect(throws: UsageRequestError.self) {
            try BackfillOrder(start: "-1d", end: "-2d", account: nil, region: nil, now: second)
        }
        #expect(throws: UsageRequestError.self) {
            try BackfillOrder(start: "-900d", end: "-500d", account: nil, region: nil, now: second)
        }
        let one = try BackfillOrder(start: nil, end: nil, account: "prod", region: "us-east-1", now: second)
        #expect(one.wants(RegionKey(account: "prod", region: "us-east-1")))
        #expect(!one.wants(RegionKey(account: "prod", region: "s")))
        #expect(!one.wants(RegionKey(account: "dev", region: "us-east-1")))
    }
}
