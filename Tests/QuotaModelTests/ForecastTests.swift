import Foundation
import Testing

@testable import QuotaModel

@Suite("Forecast")
struct ForecastTests {
    private static let week = [1, 1.02, 1.05, 1, 0.95, 0.4, 0.35]

    private func peaks(_ ratios: [Double?]) -> [DailyPeak] {
        ratios.enumerated().compactMap { day, ratio in
            ratio.map { DailyPeak(day: 20_000 + day, ratio: $0) }
        }
    }

    private func forecast(_ ratios: [Double?]) throws -> Forecast {
        try #require(Forecast(dailyPeaks: peaks(ratios)))
    }

    private func office(
        _ days: Int, growth: Double = 1, noise: Double, _ random: inout SeededGenerator
    ) -> [Double] {
        (0..<days).map { day in
            // Twelve uniform values add up to a normal one.
            let normal = (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
            return Self.week[day % 7] * pow(growth, Double(day)) * exp(noise * normal)
        }
    }

    // MARK: Against the other implementation

    private struct Golden: Decodable {
        struct Figures: Decodable {
            let slope, low, high, level: Double
            let grows: Bool
            let reaches: Int?
            let peaks: [String: [Double]]

            private enum CodingKeys: String, CodingKey {
                case slope, low, high, level, grows, peaks
                case reaches = "reaches_1.5_times"
            }
        }

        let name: String
        let days: [Double?]
        let forecast: Figures?
    }

    @Test("The figures are those of Tests/Benchmarks/forecasts/reference.py")
    func golden() throws {
        let rows = try JSONDecoder().decode(
            [Golden].self, from: Data(contentsOf: URL(filePath: "\(Fixture.directory)/forecasts.json")))
        #expect(rows.count >= 15)
        func isClose(_ one: Double, _ two: Double) -> Bool {
            (one - two).magnitude <= 1e-9 * max(1, one.magnitude)
        }
        for row in rows {
            let forecast = Forecast(dailyPeaks: peaks(row.days))
            guard let expected = row.forecast else {
                #expect(forecast == nil, "\(row.name)")
                continue
            }
            let found = try #require(forecast, "\(row.name)")
            #expect(isClose(found.trend.slope, expected.slope), "\(row.name)")
            #expect(isClose(found.trend.low, expected.low), "\(row.name)")
            #expect(isClose(found.trend.high, expected.high), "\(row.name)")
            #expect(isClose(found.level, expected.level) && found.isGrowing == expected.grows, "\(row.name)")
            #expect(found.days(until: 1.5 * found.level) == expected.reaches, "\(row.name)")
            for (days, range) in expected.peaks {
                let one = found.range(days: try #require(Int(days)))
                #expect(isClose(one.lowerBound, range[0]), "\(row.name) \(days)")
                #expect(isClose(one.upperBound, range[1]), "\(row.name) \(days)")
            }
        }
    }

    // MARK: What counts

    @Test("Below 21 known days nothing is said, whatever the growth")
    func tooFew() throws {
        let growing = (0..<21).map { 0.4 + 0.02 * Double($0) }
        #expect(Forecast(dailyPeaks: []) == nil)
        #expect(Forecast(dailyPeaks: peaks(Array(growing.prefix(20)))) == nil)
        #expect(try forecast(growing).isGrowing)
        // Older than the history they do not count.
        let old: [Double?] = Array(repeating: 0.5, count: 15) + Array(repeating: nil, count: 75)
        #expect(Forecast(dailyPeaks: peaks(old + Array(growing.prefix(20)))) == nil)
    }

    @Test("Order does not matter, of a day given twice the higher counts, and what is no number is not known")
    func permutation() throws {
        var random = SeededGenerator(seed: 5)
        let days = peaks(office(60, growth: 1.01, noise: 0.1, &random))
        let found = try #require(Forecast(dailyPeaks: days))
        #expect(found.isGrowing)
        for _ in 0..<20 { #expect(Forecast(dailyPeaks: days.shuffled(using: &random)) == found) }
        let twice = days + days.map { DailyPeak(day: $0.day, ratio: $0.ratio / 2) }
        #expect(Forecast(dailyPeaks: twice) == found)
        let wild = [Double.nan, .infinity, -1].enumerated().map { DailyPeak(day: 20_070 + $0, ratio: $1) }
        #expect(Forecast(dailyPeaks: days + wild) == found)
    }

    @Test("Only the newest twelve weeks count")
    func bounded() throws {
        let old = (0..<300).map { 1000 - Double($0) }
        let new = (0..<84).map { 1 + 0.01 * Double($0) }
        let found = try forecast(old + new)
        #expect(found.knownDays == 84 && found.isGrowing && found.peak == new.max())
    }

    @Test("Scaling all days scales every figure")
    func scale() throws {
        var random = SeededGenerator(seed: 6)
        let days = office(70, growth: 1.008, noise: 0.1, &random)
        let one = try forecast(days)
        // A power of two, so that nothing is rounded.
        let large = try forecast(days.map { $0 * 1024 })
        #expect(large.trend.low == one.trend.low * 1024 && large.peak == one.peak * 1024)
        #expect(large.days(until: 1024) == one.days(until: 1))
        #expect((large.range(days: 28).upperBound / 1024 - one.range(days: 28).upperBound).magnitude < 1e-9)
    }

    // MARK: Growth

    @Test("Falling, constant and silent days do not grow, and have no day")
    func never() throws {
        for slope in [-0.01, 0, -0.5] {
            let found = try forecast((0..<30).map { max(0, 0.5 + slope * Double($0)) })
            #expect(!found.isGrowing && found.days(until: 0.8) == nil && found.days(until: 0.1) == nil)
        }
    }

    @Test("Weekends neither fake growth nor hide it, and an idle one takes no part")
    func weekends() throws {
        for days in 21...84 {
            #expect(try !forecast((0..<days).map { Self.week[$0 % 7] }).isGrowing)
        }
        let growing = (0..<42).map { (day: Int) -> Double in day % 7 < 5 ? 0.5 + 0.004 * Double(day) : 0 }
        let found = try forecast(growing)
        #expect(found.isGrowing && (found.trend.slope - 0.004).magnitude < 1e-9)
        #expect((found.trend.low - 0.004).magnitude < 1e-9)
    }

    @Test("A slope is not moved by single wild days")
    func outliers() throws {
        var days = (0..<56).map { 0.3 + 0.005 * Double($0) }
        for day in [3, 20, 41] { days[day] = 50 }
        let found = try forecast(days)
        #expect(found.isGrowing && (found.trend.slope - 0.005).magnitude < 0.001)
    }

    @Test("Days that come in groups of the same value do not grow by chance")
    func ties() throws {
        var random = SeededGenerator(seed: 8)
        var growing = 0
        for _ in 0..<500 {
            let days = (0..<42).map { _ in Double(Int.random(in: 0...3, using: &random)) }
            if try forecast(days).isGrowing { growing += 1 }
        }
        #expect(growing <= 8)
    }

    @Test("A week with noise grows in 1 % at most; 1 % a day is found within 30 days in 95 %")
    func noise() throws {
        var random = SeededGenerator(seed: 9)
        var fake = 0
        var found = 0
        for _ in 0..<500 {
            if try forecast(office(60, noise: 0.2, &random)).isGrowing { fake += 1 }
            let days = (0..<58).map { pow(1.01, Double(max(0, $0 - 27))) }
            let growing = zip(days, office(58, noise: 0.1, &random)).map { $0 * $1 }
            if try forecast(growing).isGrowing { found += 1 }
        }
        #expect(fake <= 12)
        #expect(found >= 475)
    }

    // MARK: Days and ranges

    @Test(
        "Days until a level count from the highest recent day; at the level they are 0, beyond the history nil"
    )
    func days() throws {
        let found = try forecast((0..<21).map { 0.5 + 0.01 * Double($0) })
        #expect((found.level - 0.7).magnitude < 1e-9)
        #expect(found.days(until: 0.8) == 10)
        #expect(found.days(until: 0.6) == 0)
        #expect(found.days(until: 0.91) == 21)
        #expect(found.days(until: 0.92) == nil)
        // A peak of two months ago tells nothing of now.
        let grown = (1..<84).map { (day: Int) -> Double in 0.1 + 0.01 * Double(day) }
        #expect(try forecast([9] + grown).level < 1)
    }

    @Test(
        "A range lies between the highest peak and twice of it, widens with its days, and ends with the history"
    )
    func range() throws {
        var random = SeededGenerator(seed: 10)
        for round in 0..<200 {
            let growth = 1 + 0.02 * Double(round % 5)
            let count = 21 + round % 70
            let found = try forecast(office(count, growth: growth, noise: 0.3, &random))
            var last = found.peak...found.peak
            for days in 1...found.rangeDays {
                let range = found.range(days: days)
                #expect(range.lowerBound >= last.lowerBound && range.upperBound >= last.upperBound)
                #expect(range.upperBound <= 2 * found.peak)
                last = range
            }
            #expect(found.rangeDays == min(28, count))
            #expect(found.range(days: 1000) == last && found.range(days: -1) == found.range(days: 1))
        }
    }

    @Test("What never changes needs itself")
    func constant() throws {
        for value in [0, 0.5, 1e12] {
            #expect(try forecast(Array(repeating: value, count: 30)).range(days: 28) == value...value)
        }
    }

    @Test("Medians")
    func median() {
        var empty: [Double] = []
        #expect(Median.of(&empty) == nil)
        var four = [4.0, 1, 3, 2]
        #expect(Median.of(&four) == 2.5)
    }
}
