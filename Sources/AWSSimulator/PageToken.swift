/// The opaque `NextToken` of a paged answer: where to go on, and for which request it was given.
///
/// It also carries the time of the first page, so that the pages of one answer show one moment.
struct PageToken: Equatable {
    /// Which element comes next: the query of GetMetricData, or the row of a listing.
    var index: Int
    /// Which period of that query; 0 in listings.
    var offset = 0
    /// Unix seconds of the first page.
    var asOf = 0.0
    /// Tells the requests apart; a token of another request is refused.
    var request: UInt64

    /// No position and no time of a real token is larger.
    private static let largest: UInt64 = 1 << 33

    /// Hexadecimal of four numbers.
    var text: String {
        let numbers = [UInt64(index), UInt64(offset), asOf.bitPattern, request]
        return "p" + numbers.map { String($0, radix: 16) }.joined(separator: "g")
    }

    /// The position of a request without a token, or the token's; throws `error` for one that was not given for this
    /// request.
    init(
        _ text: String?, of request: UInt64, now: Double = 0, error: ServiceError.Kind = .invalidNextToken
    ) throws(ServiceError) {
        guard let text else {
            self.init(index: 0, asOf: now, request: request)
            return
        }
        let parts = text.dropFirst().split(separator: "g", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { UInt64($0, radix: 16) }
        guard text.utf8.first == UInt8(ascii: "p"), parts.count == 4, numbers.count == 4,
            numbers[0] <= Self.largest, numbers[1] <= Self.largest, numbers[3] == request,
            (0...Double(Self.largest)).contains(Double(bitPattern: numbers[2]))
        else { throw ServiceError(error, "The parameter NextToken is not valid for this request.") }
        self.init(
            index: Int(numbers[0]), offset: Int(numbers[1]), asOf: Double(bitPattern: numbers[2]),
            request: request)
    }

    private init(index: Int, offset: Int = 0, asOf: Double, request: UInt64) {
        (self.index, self.offset, self.asOf, self.request) = (index, offset, asOf, request)
    }

    /// The token of the page that begins here, in the same answer.
    func next(index: Int, offset: Int = 0) -> PageToken {
        PageToken(index: index, offset: offset, asOf: asOf, request: request)
    }

    /// The rows of this page, and the token of the next one; nil on the last.
    func page<Row>(of rows: [Row], size: Int) -> (rows: ArraySlice<Row>, next: PageToken?) {
        let first = min(index, rows.count)
        let last = min(first + size, rows.count)
        return (rows[first..<last], last < rows.count ? next(index: last) : nil)
    }
}
