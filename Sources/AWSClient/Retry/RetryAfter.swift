import HTTPClient

/// What an answer's header `Retry-After` says (RFC 9110, 10.2.3: seconds or a date).
package enum RetryAfter {
    /// Seconds from now, from 0 to `longest`; nil without the header or for other text.
    package static func seconds(in response: TransportResponse, now: Double, atMost longest: Double)
        -> Double?
    {
        guard let text = response.headers["retry-after"] else { return nil }
        let date = ClockSkew.epochSeconds(ofHTTPDate: text).map { Double($0) - now }
        let wait = UInt32(text).map(Double.init) ?? date
        return wait.map { min(max($0, 0), longest) }
    }
}
