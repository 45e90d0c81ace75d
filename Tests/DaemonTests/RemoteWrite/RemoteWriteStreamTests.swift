import QuotaModel
import Testing
import UsageStore

@testable import RemoteWrite

@Suite("Streams of remote write")
struct RemoteWriteStreamTests {
    typealias Step = RemoteWriteStream.Step

    private static func minute(_ index: Int) -> Minute { Minute(index: index) }
    private static func span(_ first: Int, _ end: Int) -> Range<Minute> { minute(first)..<minute(end) }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var coverage = [span(100, 200)]
        var firstDatapoint: Int? = 100
        var start = 100
        let next: Int
        var edge = 150
        var hasWaited = false
        let step: Step
    }

    private static let cases = [
        Case(testDescription: "sends up to the edge", next: 120, step: .send(span(120, 150))),
        Case(
            testDescription: "sends up to the coverage's end", next: 120, edge: 300,
            step: .send(span(120, 200))),
        Case(testDescription: "nothing beyond the edge", next: 150, step: .idle),
        Case(testDescription: "nothing beyond the coverage", next: 200, edge: 300, step: .idle),
        Case(testDescription: "nothing is covered", coverage: [], next: 120, step: .idle),
        Case(testDescription: "there never was a datapoint", firstDatapoint: nil, next: 120, step: .idle),
        Case(
            testDescription: "waits before a hole", coverage: [span(100, 120), span(130, 200)], next: 120,
            step: .wait),
        Case(
            testDescription: "steps over a hole after waiting", coverage: [span(100, 120), span(130, 200)],
            next: 120,
            hasWaited: true, step: .skip(to: minute(130), lost: 10)),
        Case(
            testDescription: "steps at once over what catching up cannot fill",
            coverage: [span(10, 20), span(40, 200)], firstDatapoint: 10, start: 10, next: 20,
            step: .skip(to: minute(40), lost: 20)),
        Case(
            testDescription: "of a long hole only over the part that catching up cannot fill",
            coverage: [span(10, 20), span(100, 200)], firstDatapoint: 10, start: 10, next: 20,
            step: .skip(to: minute(50), lost: 30)),
        Case(
            testDescription: "a hole up to the edge is no hole yet",
            coverage: [span(100, 120), span(150, 200)],
            next: 120, step: .idle),
        Case(
            testDescription: "a new stream waits for its backfill", start: 90, next: 90, step: .wait),
        Case(
            testDescription: "a new stream does not wait for more than the backfill", start: 30, next: 30,
            step: .skip(to: minute(80), lost: 0)),
        Case(
            testDescription: "a new stream begins with its first datapoint", firstDatapoint: 110, start: 100,
            next: 100,
            step: .skip(to: minute(110), lost: 0)),
        Case(
            testDescription: "a first datapoint that is not final is waited for", firstDatapoint: 160,
            start: 100,
            next: 100, step: .idle),
        Case(
            testDescription: "a stream that has begun sends its zeros", firstDatapoint: 130, start: 100,
            next: 101,
            step: .send(span(101, 150))),
    ]

    @Test("Each step", arguments: cases)
    func step(of test: Case) {
        let stream = RemoteWriteStream(
            key: .init(account: "a", region: "r", subject: "s"), subject: .modelID("s"),
            coverage: MinuteRanges(test.coverage), firstDatapoint: test.firstDatapoint.map(Self.minute),
            start: Self.minute(test.start), next: Self.minute(test.next))
        let bounds = RemoteWriteStream.Bounds(
            edge: Self.minute(test.edge), fillableFrom: Self.minute(50), backfilledFrom: Self.minute(80))
        #expect(stream.step(bounds, hasWaited: test.hasWaited) == test.step)
    }

    @Test(
        "A pool is known where every member is, before a member's first minute, and after one's last listing")
    func poolCoverage() {
        func source(_ ranges: [Range<Minute>], isListed: Bool = true) -> MinuteSource {
            MinuteSource(
                modelID: "m", isListed: isListed, coverage: MinuteRanges(ranges), firstDatapoint: nil)
        }
        let coverage = RemoteWriteRegion.coverage(of: [
            source([Self.span(0, 40), Self.span(50, 100)]), source([Self.span(20, 60), Self.span(65, 90)]),
            source([Self.span(5, 10), Self.span(12, 30)], isListed: false), source([]),
        ])
        #expect(
            coverage.ranges == [
                Self.span(0, 10), Self.span(12, 40), Self.span(50, 60), Self.span(65, 90),
            ])
        #expect(RemoteWriteRegion.coverage(of: []).isEmpty)
    }
}
