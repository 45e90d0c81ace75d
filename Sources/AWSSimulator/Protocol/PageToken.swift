/// The opaque `NextToken` of a paged answer: where to go on, and for which request it was given.
///
/// It also carries the time of the first page, so that the pages of one answer show one moment.
struct PageToken: Equatable {
    /// Which element comes next: the query of GetMetricData, or the row of a listing.
    var index: Int
    /// Which period of that query; 0 in listings.
    var offset: Int
    /// Unix seconds of the first page.
    var asOf: Double
    /// Tells the requests apart; a token of another request is refused.
    var request: UInt64
    /// Counts pages that lead nowhere, so that each token differs.
    var serial = 0

    /// No position and no time of a real token is larger.
    private static let largest: UInt64 = 1 << 33
    private static let marker: UInt8 = UInt8(ascii: "p")

    init(index: Int, offset: Int = 0, asOf: Double, request: UInt64, serial: Int = 0) {
        self.index = index
        self.offset = offset
        self.asOf = asOf
        self.request = request
        self.serial = serial
    }

    /// Hexadecimal of five numbers.
    var text: String {
        let numbers = [UInt64(index), UInt64(offset), asOf.bitPattern, request, UInt64(serial)]
        return "p" + numbers.map { String($0, radix: 16) }.joined(separator: "g")
    }

    /// Nil for a text that was not made here.
    init?(_ text: String) {
        guard text.utf8.first == Self.marker else { return nil }
        let parts = text.dropFirst().split(separator: "g", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { UInt64($0, radix: 16) }
        guard parts.count == 5, numbers.count == 5, numbers[0] <= Self.largest, numbers[1] <= Self.largest,
            numbers[4] <= Self.largest
        else { return nil }
        let asOf = Double(bitPattern: numbers[2])
        guard asOf >= 0, asOf <= Double(Self.largest) else { return nil }
        self.init(
            index: Int(numbers[0]), offset: Int(numbers[1]), asOf: asOf, request: numbers[3],
            serial: Int(numbers[4]))
    }
}

extension PageToken {
    /// Nil without a token; throws `invalidNextToken` for one that belongs to another request.
    static func validated(_ text: String?, request: UInt64) throws(ServiceError) -> PageToken? {
        guard let text else { return nil }
        guard let token = PageToken(text), token.request == request else {
            throw ServiceError(.invalidNextToken, "The parameter NextToken is not valid for this request.")
        }
        return token
    }
}
