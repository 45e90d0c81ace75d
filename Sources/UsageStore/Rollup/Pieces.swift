import QuotaModel

/// Adjoining stretches of time that figures are wanted for, one after the other.
struct Pieces {
    /// Ascending; piece n lies between bounds n and n + 1.
    let bounds: [Minute]

    init(bounds: [Minute]) {
        self.bounds = bounds
    }

    /// Every hour of a range of whole hours.
    init(hoursOf range: Range<Minute>) {
        bounds = Array(stride(from: range.lowerBound, through: range.upperBound, by: 60))
    }

    var count: Int { max(0, bounds.count - 1) }

    var span: Range<Minute> {
        guard let first = bounds.first, let last = bounds.last else {
            return Minute(index: 0)..<Minute(index: 0)
        }
        return first..<last
    }

    subscript(index: Int) -> Range<Minute> { bounds[index]..<bounds[index + 1] }

    /// The piece that holds the minute; nil outside.
    func index(of minute: Minute) -> Int? {
        guard span.contains(minute) else { return nil }
        var low = 0
        var high = count
        while high - low > 1 {
            let middle = (low + high) / 2
            if bounds[middle] <= minute { low = middle } else { high = middle }
        }
        return low
    }

    /// The range cut at the pieces' ends, each part with its piece; what lies outside is left out.
    func parts(of range: Range<Minute>) -> [(piece: Int, part: Range<Minute>)] {
        var parts: [(piece: Int, part: Range<Minute>)] = []
        var next = max(range.lowerBound, span.lowerBound)
        while next < range.upperBound, let piece = index(of: next) {
            let part = next..<min(self[piece].upperBound, range.upperBound)
            parts.append((piece, part))
            next = part.upperBound
        }
        return parts
    }
}
