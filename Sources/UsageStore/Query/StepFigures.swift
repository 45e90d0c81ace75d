import QuotaModel

/// A cell's day so far: what tokens per day is measured by.
struct DayTokens {
    private var day = Minute(index: 0)
    private var fixed = 0.0
    private var burned = 0.0
    private var pending: [SeriesScan.Straddler] = []

    mutating func expect(_ straddlers: [SeriesScan.Straddler]) { pending += straddlers }

    /// Goes on to the end of a piece and returns the day's quota tokens up to there.
    mutating func advance(_ piece: Range<Minute>, _ sums: SeriesSums, rate: Double) -> Double {
        if piece.lowerBound.startOfDay != day {
            day = piece.lowerBound.startOfDay
            fixed = 0
            burned = 0
        }
        fixed += sums.fixedTokens
        burned += sums.burnedTokens
        guard !pending.isEmpty else { return fixed + burned * rate }
        // None reaches beyond midnight.
        for straddler in pending where straddler.end <= piece.upperBound {
            fixed += straddler.tokens.fixed
            burned += straddler.tokens.burned
        }
        pending.removeAll { $0.end <= piece.upperBound }
        return fixed + burned * rate
    }
}

/// A cell's figures of the step at work.
struct StepFigures {
    private(set) var sums = SeriesSums()
    private(set) var use = MinuteUse()
    private(set) var dayPeak: Peak?
    private(set) var dayRatioSum = 0.0
    private(set) var dayRatioCount = 0

    /// Adds a piece, at whose end the day's quota tokens stand at this value.
    mutating func add(_ figures: CellFigures, dayTokens: Double, limits: LimitHistory?) {
        sums.add(figures.sums)
        use.merge(figures.use)
        guard let limits, figures.sums.isKnown, let minute = figures.sums.lastKnown,
            let limit = limits.limit(at: minute), limit > 0
        else { return }
        let ratio = dayTokens / limit
        dayPeak = Peak.higher(dayPeak, Peak(value: ratio, minute: minute))
        dayRatioSum += ratio
        dayRatioCount += 1
    }
}
