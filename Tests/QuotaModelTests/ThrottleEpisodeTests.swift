import QuotaModel
import Testing

@Suite("Episodes of throttling")
struct ThrottleEpisodeTests {
    /// 00:00 UTC.
    private static let day = Minute(index: 1440 * 20_000)

    private func minute(
        _ offset: Int, throttles: Double = 0, errors: Double = 0, requests: Double = 100, covered: Bool = true
    ) -> ThrottleMinute {
        ThrottleMinute(
            minute: Self.day.advanced(by: offset), requests: requests, throttles: throttles,
            serverErrors: errors, isCovered: covered)
    }

    private func groups(_ minutes: [ThrottleMinute]) -> [[Int]] {
        ThrottleEpisode.grouped(minutes).map {
            [Self.day.distance(to: $0.lowerBound), Self.day.distance(to: $0.upperBound)]
        }
    }

    @Test("Four covered minutes without a throttle join, five end")
    func gap() {
        let four = (10..<30).map { minute($0, throttles: [12, 17].contains($0) ? 3 : 0) }
        #expect(groups(four) == [[12, 18]])
        let five = (10..<30).map { minute($0, throttles: [12, 18].contains($0) ? 3 : 0) }
        #expect(groups(five) == [[12, 13], [18, 19]])
    }

    @Test("Minutes that are not known prove no end, up to half an hour")
    func unknown() {
        #expect(groups([minute(10, throttles: 1), minute(39, throttles: 1)]) == [[10, 40]])
        #expect(groups([minute(10, throttles: 1), minute(40, throttles: 1)]) == [[10, 41]])
        #expect(groups([minute(10, throttles: 1), minute(41, throttles: 1)]) == [[10, 11], [41, 42]])
        // A lower bound without throttles is no quiet minute either.
        let uncovered = (11..<20).map { minute($0, covered: false) }
        #expect(groups([minute(10, throttles: 1)] + uncovered + [minute(20, throttles: 1)]) == [[10, 21]])
    }

    @Test("A day ends an episode: its quotas begin anew")
    func midnight() {
        let minutes = (1435..<1445).map { minute($0, throttles: 2) }
        #expect(groups(minutes) == [[1435, 1440], [1440, 1445]])
    }

    @Test("Many server errors are a minute of an episode, single ones are not")
    func errors() {
        #expect(groups([minute(5, errors: 9)]) == [])
        #expect(groups([minute(5, errors: 10)]) == [[5, 6]])
        #expect(groups([minute(5, errors: 10, requests: 101)]) == [])
    }

    /// Minute by minute, in other words: two throttled minutes are of one episode when every pair of neighbours between
    /// them is.
    private func oracle(_ minutes: [ThrottleMinute]) -> [[Int]] {
        let known = Dictionary(uniqueKeysWithValues: minutes.map { (Self.day.distance(to: $0.minute), $0) })
        let active = known.filter { $0.value.isThrottled }.keys.sorted()
        var groups: [[Int]] = []
        for offset in active {
            let joins = groups.last.map { last in
                let previous = last[1] - 1
                let quiet = ((previous + 1)..<max(offset, previous + 1)).filter {
                    known[$0].map { $0.isCovered && !$0.isThrottled } ?? false
                }
                return quiet.count < 5 && offset - previous <= 30 && last[0] / 1440 == offset / 1440
            }
            if joins == true {
                groups[groups.count - 1][1] = offset + 1
            } else {
                groups.append([offset, offset + 1])
            }
        }
        return groups
    }

    @Test("Grouping agrees with an oracle on 3,000 random stretches")
    func grouping() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<3_000 {
            let start = Int.random(in: 1300...1400, using: &random)
            let density = Int.random(in: 2...20, using: &random)
            let minutes = (start..<(start + 120)).compactMap { offset -> ThrottleMinute? in
                guard Int.random(in: 0..<6, using: &random) > 0 else { return nil }
                return minute(
                    offset, throttles: Int.random(in: 0..<density, using: &random) == 0 ? 4 : 0,
                    errors: Int.random(in: 0..<60, using: &random) == 0 ? 30 : 0,
                    covered: Int.random(in: 0..<5, using: &random) > 0)
            }
            #expect(groups(minutes) == oracle(minutes))
        }
    }
}
