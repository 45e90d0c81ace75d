import QuotaModel
import Testing
import UsageStore

@testable import History
@testable import System

@Suite("Latencies")
struct LatencyDocumentTests {
    private let start = Minute(index: 29_500_020)

    private func minute(_ offset: Int, requests: Double?, latency: Double?, first: Double?) -> SeriesMinute {
        var usage = UsageMinute()
        usage.invocations = requests
        usage.latencyMilliseconds = latency
        usage.timeToFirstTokenMilliseconds = first
        return SeriesMinute(minute: start.advanced(by: offset), usage: usage, isCovered: true)
    }

    @Test("a step's mean weighs minutes by their requests; steps without a latency are left out")
    func means() throws {
        var sums = LatencySums(start: start, stepMinutes: 5)
        sums.add(minute(0, requests: 30, latency: 1000, first: nil))
        sums.add(minute(4, requests: 10, latency: 2000, first: nil))
        sums.add(minute(5, requests: 10, latency: nil, first: nil))
        sums.add(minute(10, requests: nil, latency: 500, first: 100))
        let document = LatencyDocument(range: start..<start.advanced(by: 15), stepMinutes: 5, sums: sums)
        #expect(document.rows.map(\.latencySeconds.value) == [1.25, 0.5])
        #expect(document.rows.map(\.timeToFirstTokenSeconds.value) == [nil, 0.1])
        #expect(document.rows[1].start == CivilTime.text(start.advanced(by: 10).epochSeconds))
    }
}
