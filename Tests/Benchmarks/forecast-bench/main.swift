import QuotaModel

// The program's forecasts of many series, for Tests/Benchmarks/forecasts/backtest.py.
// Reads a series a line, newest day last, `-` for a day that is not known. Writes a line for each: `none`, or the slope, the
// ends of its interval, the highest peak, the highest recent peak, and the ranges of 7, 14 and 28 days.

while let line = readLine() {
    let peaks = line.split(separator: " ").enumerated().compactMap { day, text in
        Double(text).map { DailyPeak(day: day, ratio: $0) }
    }
    guard let forecast = Forecast(dailyPeaks: peaks) else {
        print("none")
        continue
    }
    var figures = [
        forecast.trend.slope, forecast.trend.low, forecast.trend.high, forecast.peak, forecast.level,
    ]
    for days in [7, 14, 28] {
        let range = forecast.range(days: days)
        figures += [range.lowerBound, range.upperBound]
    }
    print(figures.map { "\($0)" }.joined(separator: " "))
}
