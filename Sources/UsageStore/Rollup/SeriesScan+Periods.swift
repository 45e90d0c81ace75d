import QuotaModel
import SQLite

/// Data of CloudWatch's longer periods, where nothing finer is known.
extension SeriesScan {
    mutating func readPeriods(_ values: MinuteValues) throws(StoreError) {
        var finer = MinuteRanges()
        for resolution in PeriodRecord.Resolution.allCases {
            let table = PeriodTable(database, resolution)
            let starts = try readRows(of: table, resolution, in: values.range)
            let covered = try table.coverage.read(series: series, in: values.range)
            if !covered.isEmpty {
                var taken = finer
                taken.insert(try hoursOfDeletedMinutes(in: values.range))
                count(covered, resolution, besides: starts, finer: taken, values)
            }
            guard resolution == .fiveMinutes else { continue }
            finer = covered
            for start in starts { finer.insert(start..<start.advanced(by: resolution.minutes)) }
        }
    }

    /// Adds the periods with a datapoint; returns where they start.
    private mutating func readRows(
        of table: PeriodTable, _ resolution: PeriodRecord.Resolution, in range: Range<Minute>
    ) throws(StoreError) -> Set<Minute> {
        var starts: Set<Minute> = []
        try table.read(series: series, range) { (start, usage) throws(StoreError) in
            starts.insert(start)
            let end = start.advanced(by: resolution.minutes)
            let tokens = BurnedTokens(ofPeriod: usage)
            guard let piece = piece(holding: start..<end) else {
                straddlers.append(Straddler(end: end, tokens: tokens))
                return
            }
            sums[piece].add(usage, tokens)
            sums[piece].coarse += resolution.minutes
            sums[piece].note(known: end.advanced(by: -1))
        }
        return starts
    }

    /// Counts the covered periods none of whose minutes is known more finely.
    private mutating func count(
        _ covered: MinuteRanges, _ resolution: PeriodRecord.Resolution, besides starts: Set<Minute>,
        finer: MinuteRanges, _ values: MinuteValues
    ) {
        let minutes = resolution.minutes
        for range in covered.ranges {
            var start = Minute(index: (range.lowerBound.index + minutes - 1) / minutes * minutes)
            while start.advanced(by: minutes) <= range.upperBound {
                let period = start..<start.advanced(by: minutes)
                start = period.upperBound
                guard let piece = piece(holding: period), finer.intersection(period).isEmpty,
                    !period.contains(where: { values.isKnown($0) })
                else { continue }
                sums[piece].covered += minutes
                guard !starts.contains(period.lowerBound) else { continue }
                sums[piece].coarse += minutes
                sums[piece].note(known: period.upperBound.advanced(by: -1))
            }
        }
    }

    private func piece(holding period: Range<Minute>) -> Int? {
        guard let piece = pieces.index(of: period.lowerBound), period.upperBound <= pieces[piece].upperBound
        else { return nil }
        return piece
    }

    /// Which of their minutes were known is known no more, so that only their rollups tell of them.
    private func hoursOfDeletedMinutes(in range: Range<Minute>) throws(StoreError) -> MinuteRanges {
        var hours = MinuteRanges()
        let end = min(range.upperBound, try SeriesTable(database).retainedFrom())
        guard range.lowerBound < end else { return hours }
        try RollupTable(database, .hour).readSums(series: series, range.lowerBound.startOfHour..<end) {
            if $1.known > 0 { hours.insert($0..<$0.advanced(by: 60)) }
        }
        return hours
    }
}
