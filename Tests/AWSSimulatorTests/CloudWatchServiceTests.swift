import FoundationEssentials
import Testing

@testable import AWSSimulator

@Suite struct CloudWatchServiceTests {
    private let start = Int(midnight) - 600
    private let end = Int(midnight)

    /// Five minutes of exact values, of which the third is missing.
    private func world(_ change: (inout SimulatedScenario) -> Void = { _ in }) -> SimulatedWorld {
        var scenario = SimulatedScenario()
        let first = midnightMinute - 10
        scenario.series = SimulatedSeries.table([
            "ap-southeast-1": [
                "m": [
                    "InputTokenCount": [
                        first: 10_000, first + 1: 2_000, first + 3: 40_000_000, first + 4: 5,
                    ],
                    "Invocations": [first: 2, first + 1: 1, first + 3: 4, first + 4: 1],
                    "InvocationLatency": [first: 1500],
                ]
            ]
        ])
        change(&scenario)
        return SimulatedWorld(scenario)
    }

    private func answer(
        _ queries: [String], _ world: SimulatedWorld, start: Int? = nil, end: Int? = nil, extra: String = "",
        now: Double = midnight
    ) throws -> MetricDataAnswer {
        let body = MetricDataBody.body(
            queries, start: start ?? self.start, end: end ?? self.end, extra: extra)
        let request = Signed.json(.getMetricData, body, now: now)
        let text = world.text(request, now: now)
        return try JSONDecoder().decode(MetricDataAnswer.self, from: Data(text.utf8))
    }

    private func error(_ body: String) -> String? {
        world().respond(to: Signed.json(.getMetricData, body), now: midnight).entry.errorCode
    }

    @Test("The whole answer, newest first, as it goes over the wire") func literal() {
        let body = MetricDataBody.body(
            [
                MetricDataBody.query("q0", "InputTokenCount"),
                MetricDataBody.query("q1", "Nothing"),
            ],
            start: start, end: end)
        let response = world().respond(to: Signed.json(.getMetricData, body), now: midnight).response
        #expect(response.status == 200)
        #expect(response.header("content-type") == "application/x-amz-json-1.0")
        #expect(
            response.text
                == #"{"Messages":[],"MetricDataResults":[{"Id":"q0","Label":"InputTokenCount","StatusCode":"Complete","#
                + #""Timestamps":[1.79547804E9,1.79547798E9,1.79547786E9,1.7954778E9],"Values":[5.0,4.0E7,2000.0,10000.0]},"#
                + #"{"Id":"q1","Label":"Nothing","StatusCode":"Complete","Timestamps":[],"Values":[]}]}"#)
    }

    @Test("Ascending order, inclusive start and exclusive end") func bounds() throws {
        let query = [MetricDataBody.query("a", "Invocations")]
        let result = try answer(
            query, world(), start: start + 60, end: start + 240, extra: #","ScanBy":"TimestampAscending""#)
        #expect(result.MetricDataResults[0].Timestamps == [Double(start + 60), Double(start + 180)])
        #expect(result.MetricDataResults[0].Values == [1, 4])
        let seconds = try answer(query, world(), start: start + 61, end: start + 119)
        #expect(seconds.MetricDataResults[0].Timestamps == [Double(start + 60)])
    }

    @Test(
        "Statistics of five minutes",
        arguments: [
            ("Sum", 8.0), ("SampleCount", 8), ("Average", 1), ("Minimum", 1), ("Maximum", 1),
        ]) func statistics(name: String, expected: Double) throws
    {
        let query = MetricDataBody.query("a", "Invocations", period: 300, stat: name)
        let result = try answer([query], world())
        #expect(result.MetricDataResults[0].Timestamps == [Double(start)])
        #expect(result.MetricDataResults[0].Values == [expected])
    }

    @Test("Another dimension set, namespace or Region is another series") func identities() throws {
        let other = MetricDataBody.query("a", "Invocations").replacing("AWS/Bedrock", with: "AWS/Usage")
        let bare = MetricDataBody.query("b", "Invocations").replacing(
            #"{"Name":"ModelId","Value":"m"}"#, with: "")
        let unit = MetricDataBody.query("c", "Invocations").replacing(
            #""Stat":"Sum""#, with: #""Stat":"Sum","Unit":"Bytes""#)
        let result = try answer([other, bare, unit], world())
        #expect(result.MetricDataResults.map(\.Id) == ["a", "b", "c"])
        #expect(result.MetricDataResults.map(\.Values.count) == [0, 0, 4])
        let body = MetricDataBody.body([MetricDataBody.query("a", "Invocations")], start: start, end: end)
        let text = world().text(Signed.json(.getMetricData, body, region: "ap-east-2"))
        #expect(text.contains(#""Values":[]"#))
    }

    @Test("Pages continue under the same Id and add up to the whole", arguments: [1, 2, 3, 4, 5, 7, 8, 9])
    func paging(size: Int) throws {
        let queries = ["a", "b"].map {
            MetricDataBody.query($0, $0 == "a" ? "Invocations" : "InputTokenCount")
        }
        let whole = try answer(queries, world())
        #expect(whole.NextToken == nil)
        var collected: [String: [Double]] = [:]
        var statuses: [String: [String]] = [:]
        var token: String?
        var pages = 0
        repeat {
            let extra = token.map { #","NextToken":"\#($0)""# } ?? ""
            let page = try answer(queries, world { $0.datapointsPerPage = size }, extra: extra)
            #expect(page.MetricDataResults.reduce(0) { $0 + $1.Values.count } <= size)
            for result in page.MetricDataResults {
                collected[result.Id, default: []] += result.Values
                statuses[result.Id, default: []].append(result.StatusCode)
            }
            token = page.NextToken
            pages += 1
        } while token != nil && pages < 30
        #expect(pages >= (8 + size - 1) / size)
        #expect(collected["a"] == whole.MetricDataResults[0].Values)
        #expect(collected["b"] == whole.MetricDataResults[1].Values)
        for codes in statuses.values {
            #expect(codes.last == "Complete")
            #expect(codes.dropLast().allSatisfy { $0 == "PartialData" })
        }
    }

    @Test("MaxDatapoints makes pages smaller, never larger") func maximumDatapoints() throws {
        let query = [MetricDataBody.query("a", "Invocations")]
        #expect(
            try answer(query, world(), extra: #","MaxDatapoints":3"#).MetricDataResults[0].Values.count == 3)
        let small = world { $0.datapointsPerPage = 2 }
        #expect(
            try answer(query, small, extra: #","MaxDatapoints":3"#).MetricDataResults[0].Values.count == 2)
    }

    @Test("All pages show the moment of the first one") func oneMoment() throws {
        let small = world {
            $0.datapointsPerPage = 1
            $0.series[0].values = [:]
            $0.series = SimulatedSeries.table([
                "ap-southeast-1": [
                    "m": ["Invocations": [midnightMinute - 1: 1, midnightMinute: 2, midnightMinute + 1: 3]]
                ]
            ])
        }
        let query = [MetricDataBody.query("a", "Invocations")]
        let first = try answer(query, small, end: end + 600)
        #expect(first.MetricDataResults[0].Values == [2])
        let token = try #require(first.NextToken)
        let second = try answer(
            query, small, end: end + 600, extra: #","NextToken":"\#(token)""#, now: midnight + 120)
        #expect(second.MetricDataResults[0].Values == [1])
    }

    @Test("Tokens of other requests and invented ones are refused") func badTokens() throws {
        let small = world { $0.datapointsPerPage = 1 }
        let token = try #require(try answer([MetricDataBody.query("a", "Invocations")], small).NextToken)
        func code(_ token: String, _ id: String) -> String? {
            let body = MetricDataBody.body(
                [MetricDataBody.query(id, "Invocations")], start: start, end: end,
                extra: #","NextToken":"\#(token)""#)
            return small.respond(to: Signed.json(.getMetricData, body), now: midnight).entry.errorCode
        }
        #expect(code(token, "a") == nil)
        #expect(code(token, "b") == "InvalidNextToken")
        for length in 0..<token.utf8.count {
            #expect(code(String(token.prefix(length)), "a") == "InvalidNextToken")
        }
        for index in 0..<token.utf8.count {
            var bytes = Array(token.utf8)
            bytes[index] = UInt8(ascii: "f")
            _ = code(String(decoding: bytes, as: UTF8.self), "a")
        }
    }

    @Test("Requests outside the API's limits are refused") func validation() {
        func body(_ queries: [String], _ extra: String = "") -> String {
            MetricDataBody.body(queries, start: start, end: end, extra: extra)
        }
        let good = MetricDataBody.query("a", "Invocations")
        let many = (0..<501).map { MetricDataBody.query("q\($0)", "Invocations") }
        #expect(error(body([good])) == nil)
        #expect(error(body(Array(many.dropLast()))) == nil)
        for bad in [
            body(many), body([]), body([good, good]), body([MetricDataBody.query("Abc", "Invocations")]),
            body([MetricDataBody.query("a-b", "Invocations")]),
            body([MetricDataBody.query("", "Invocations")]),
            body([MetricDataBody.query(String(repeating: "a", count: 256), "Invocations")]),
            body([MetricDataBody.query("a", "Invocations", period: 90)]),
            body([MetricDataBody.query("a", "Invocations", period: 0)]),
            body([MetricDataBody.query("a", "Invocations", stat: "Total")]),
            body([good], #","ScanBy":"Sideways""#), body([good], #","MaxDatapoints":0"#),
            body([#"{"Id":"a","Expression":"SUM(METRICS())"}"#]),
            MetricDataBody.body([good], start: end, end: end),
            MetricDataBody.body([good], start: -5, end: end),
        ] {
            #expect(error(bad) == "ValidationException", "\(bad.prefix(200))")
        }
        #expect(error(#"{"MetricDataQueries":"#) == "SerializationException")
        #expect(
            error(#"{"MetricDataQueries":[],"StartTime":"2026-11-24T00:00:00Z","EndTime":1}"#)
                == "SerializationException")
    }

    @Test("No truncated request body is answered, and none crashes") func truncation() {
        let body = MetricDataBody.body([MetricDataBody.query("a", "Invocations")], start: start, end: end)
        for length in 1..<body.utf8.count {
            #expect(
                error(String(decoding: body.utf8.prefix(length), as: UTF8.self)) == "SerializationException")
        }
    }

    @Test("No changed byte of a request crashes; it is answered or refused") func mutation() {
        let query = MetricDataBody.query("a", "Invocations", period: 300)
        let body = Array(
            MetricDataBody.body([query], start: start, end: end, extra: #","MaxDatapoints":3"#).utf8)
        let world = world()
        var answered = 0
        for index in body.indices {
            for byte in [
                UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "e"), UInt8(ascii: "\""), 0, 0xFF,
            ] {
                var request = Signed.json(.getMetricData, "")
                request.body = body
                request.body[index] = byte
                let status = world.respond(to: request, now: midnight).response.status
                #expect(status == 200 || status == 400)
                if status == 200 { answered += 1 }
            }
        }
        #expect(answered > 20)
    }

    @Test(
        "Extreme numbers are answered or refused",
        arguments: [
            (1, 4_102_444_800, 60), (1, 4_102_444_800, 9_223_372_036_854_775_800), (0, 9_999_999_999, 60),
            (1_795_000_000, 1_795_478_400, 9_000_000_000_000_000_000), (4_102_444_799, 4_102_444_800, 60),
        ]) func extremes(start: Int, end: Int, period: Int)
    {
        let body = MetricDataBody.body(
            [MetricDataBody.query("a", "Invocations", period: period)], start: start, end: end)
        #expect(
            [200, 400].contains(
                world().respond(to: Signed.json(.getMetricData, body), now: midnight).response.status))
    }

    @Test("Every page bills its queries") func billing() throws {
        let small = world { $0.datapointsPerPage = 1 }
        let queries = ["a", "b"].map { MetricDataBody.query($0, "Invocations") }
        let body = MetricDataBody.body(queries, start: start, end: end)
        let first = small.respond(to: Signed.json(.getMetricData, body), now: midnight)
        #expect(first.entry.metricsRequested == 2)
        let token = try #require(try answer(queries, small).NextToken)
        let next = MetricDataBody.body(queries, start: start, end: end, extra: #","NextToken":"\#(token)""#)
        #expect(
            small.respond(to: Signed.json(.getMetricData, next), now: midnight).entry.metricsRequested == 2)
    }
}

@Suite struct DatapointPeriodsTests {
    private let day = 86_400.0

    private func periods(ageDays: Double, period: Int, seconds: Double = 7200) -> DatapointPeriods {
        let start = midnight - ageDays * day
        return DatapointPeriods(startTime: start, endTime: start + seconds, period: period, now: midnight)
    }

    @Test(
        "Each age has its finest period",
        arguments: [
            (14.0, 60, true), (15, 60, true), (15.1, 60, false), (15.1, 300, true), (62.9, 300, true),
            (63.1, 300, false), (63.1, 3600, true), (454.9, 3600, true), (455.1, 3600, false),
            (20, 3600, true),
            (20, 360, false),
        ]) func retention(ageDays: Double, period: Int, isRetained: Bool)
    {
        // Data beyond the longest retention is not even counted as a period.
        let periods = periods(ageDays: ageDays, period: period, seconds: Double(period))
        #expect((periods.count > 0 && periods.isRetained(0)) == isRetained)
    }

    @Test("StartTime is rounded down by its age") func rounding() {
        let recent = DatapointPeriods(startTime: midnight - 599, endTime: midnight, period: 60, now: midnight)
        #expect(recent.start == midnightMinute - 10)
        let older = DatapointPeriods(
            startTime: midnight - 20 * day + 299, endTime: midnight, period: 300, now: midnight)
        #expect(older.start == midnightMinute - 20 * 1440)
        let oldest = DatapointPeriods(
            startTime: midnight - 100 * day + 3599, endTime: midnight, period: 3600, now: midnight)
        #expect(oldest.start == midnightMinute - 100 * 1440)
    }

    @Test("The future and the time before all retention cost nothing") func bounds() {
        let wide = DatapointPeriods(startTime: 0, endTime: 4_000_000_000, period: 60, now: midnight)
        #expect(wide.count <= 455 * 1440 + 2)
        #expect(wide.minutes(wide.count - 1).upperBound == midnightMinute + 1)
        #expect(periods(ageDays: -2, period: 60).count == 0)
    }

    @Test("The last period ends with the range") func lastPeriod() {
        let periods = DatapointPeriods(
            startTime: midnight - 600, endTime: midnight - 180, period: 300, now: midnight)
        #expect(periods.count == 2)
        #expect(periods.minutes(0) == midnightMinute - 10..<midnightMinute - 5)
        #expect(periods.minutes(1) == midnightMinute - 5..<midnightMinute - 3)
    }
}
