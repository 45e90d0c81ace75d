import Testing

@testable import QuotaModel

@Suite("Forecast")
struct ForecastTests {
    @Test("The slope is the median of all slopes, which outliers do not move")
    func slope() throws {
        var points = (0..<20).map { (x: Double($0), y: 3 + 2 * Double($0)) }
        let clean = try #require(TheilSen(points))
        #expect(clean.slope == 2 && clean.intercept == 3 && clean.value(at: 30) == 63)
        for index in [2, 9, 15, 19] { points[index].y = 1e6 }
        let wild = try #require(TheilSen(points))
        #expect(wild.slope == 2 && wild.intercept == 3)
    }

    @Test("Too few points, the same x, or a value that is not finite give no line")
    func none() {
        #expect(TheilSen([]) == nil && TheilSen([(1, 1)]) == nil && TheilSen([(1, 1), (1, 2)]) == nil)
        #expect(TheilSen([(1, 1), (2, .nan)]) == nil && TheilSen([(1, 1), (.infinity, 2)]) == nil)
        var empty: [Double] = []
        #expect(Median.of(&empty) == nil)
        var four = [4.0, 1, 3, 2]
        #expect(Median.of(&four) == 2.5)
    }

    @Test("Only the newest points count beyond the bound")
    func bounded() throws {
        let old = (0..<300).map { (x: Double($0), y: 1000 - Double($0)) }
        let new = (300..<700).map { (x: Double($0), y: Double($0)) }
        #expect(try #require(TheilSen(old + new)).slope == 1)
    }

    private func peaks(_ ratios: [Double]) -> [DailyPeak] {
        ratios.enumerated().map { DailyPeak(day: 20_000 + $0.offset, ratio: $0.element) }
    }

    @Test("Days until a level follow the trend; at the level they are 0")
    func days() throws {
        let forecast = try #require(Forecast(dailyPeaks: peaks((0..<21).map { 0.5 + 0.01 * Double($0) })))
        #expect((forecast.level - 0.7).magnitude < 1e-9)
        let days = try #require(forecast.days(until: 0.8))
        #expect((days - 10).magnitude < 1e-6)
        #expect(forecast.days(until: 0.6) == 0)
    }

    @Test("Weekends do not fake a trend, and do not hide one")
    func weekends() throws {
        let flat = (0..<42).map { $0 % 7 < 5 ? 0.7 : 0.2 }
        #expect(try #require(Forecast(dailyPeaks: peaks(flat))).days(until: 0.8) == nil)
        let growing = flat.enumerated().map { $0.element + 0.004 * Double($0.offset) }
        let forecast = try #require(Forecast(dailyPeaks: peaks(growing)))
        let days = try #require(forecast.days(until: 1.1))
        #expect(days > 20 && days < 90)
    }

    @Test("Falling, flat and hardly growing peaks have no day")
    func never() throws {
        for slope in [-0.01, 0, 1e-9] {
            let forecast = try #require(
                Forecast(dailyPeaks: peaks((0..<30).map { 0.5 + slope * Double($0) })))
            #expect(forecast.days(until: 0.8) == nil)
        }
        #expect(Forecast(dailyPeaks: peaks(Array(repeating: 0.5, count: 6))) == nil)
    }

    @Test("Noise around a level is called growth about as often as 5 % say")
    func noise() throws {
        var random = SeededGenerator(seed: 1)
        var growing = 0
        for _ in 0..<400 {
            let ratios = (0..<28).map { _ in 0.5 + Double.random(in: -0.1...0.1, using: &random) }
            if try #require(Forecast(dailyPeaks: peaks(ratios))).isGrowing { growing += 1 }
        }
        #expect(growing > 4 && growing < 36)
    }
}
