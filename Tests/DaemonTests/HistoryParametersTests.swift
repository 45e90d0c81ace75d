import QuotaModel
import Testing
import UsageStore

@testable import History
@testable import System

@Suite("Parameters of history")
struct HistoryParametersTests {
    /// 2026-09-10T12:34:56Z, a Thursday.
    private static let now = 1_789_043_696

    private static func read(
        _ text: String, _ surface: UsageParameters.Surface = .commandLine
    ) throws -> UsageParameters {
        let items = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            return (name: parts[0], value: parts[1])
        }
        let formats: [UsageParameters.Format] =
            surface == .url ? [.json, .csv] : UsageParameters.Format.allCases
        return try UsageParameters.read(items, surface: surface, formats: formats, now: now)
    }

    private static func text(_ range: Range<Minute>) -> String {
        "\(CivilTime.text(range.lowerBound.epochSeconds))/\(CivilTime.text(range.upperBound.epochSeconds))"
    }

    @Test(
        "times and steps",
        arguments: [
            // Without a start: 24 hours, beginning with a whole step.
            ("", "2026-09-09T12:00:00Z/2026-09-10T12:34:00Z", 60),
            ("step=1d", "2026-09-09T00:00:00Z/2026-09-10T12:34:00Z", 1440),
            // Counted back from now: rounded down to the step.
            ("start=-30d&step=1d", "2026-08-11T00:00:00Z/2026-09-10T12:34:00Z", 1440),
            ("start=now-90m&step=5m", "2026-09-10T11:00:00Z/2026-09-10T12:34:00Z", 5),
            ("start=-2h&end=-1h", "2026-09-10T10:00:00Z/2026-09-10T11:34:00Z", 60),
            ("start=-1d&end=now", "2026-09-09T12:00:00Z/2026-09-10T12:34:00Z", 60),
            // Typed in full: as typed, to the minute, the end's rest included.
            (
                "start=2026-09-10T10:05:30Z&end=2026-09-10T11:07:01Z",
                "2026-09-10T10:05:00Z/2026-09-10T11:08:00Z", 60
            ),
            (
                "start=2026-09-10t10:00:00z&end=2026-09-10T11:00:00.75Z",
                "2026-09-10T10:00:00Z/2026-09-10T11:00:00Z", 60
            ),
            ("start=2026-09-10T10:00:00%2B07:00", "2026-09-10T03:00:00Z/2026-09-10T12:34:00Z", 60),
            ("start=2026-09-10T02:00:00-05:30", "2026-09-10T07:30:00Z/2026-09-10T12:34:00Z", 60),
            ("start=2026-09-01&end=2026-09-02", "2026-09-01T00:00:00Z/2026-09-02T00:00:00Z", 60),
            ("start=2024-02-29&end=2024-03-01", "2024-02-29T00:00:00Z/2024-03-01T00:00:00Z", 60),
            ("start=1789030000&end=1789030800", "2026-09-10T08:46:00Z/2026-09-10T09:00:00Z", 60),
            ("start=1789030020.999&step=60", "2026-09-10T08:47:00Z/2026-09-10T12:34:00Z", 1),
            // Beyond now is now, the minute in progress included.
            ("start=2026-09-10&end=2027-01-01", "2026-09-10T00:00:00Z/2026-09-10T12:35:00Z", 60),
            // 24 hours before a typed end, exactly.
            ("end=2026-09-02T00:30:00Z", "2026-09-01T00:30:00Z/2026-09-02T00:30:00Z", 60),
            ("format=openmetrics&start=-5m", "2026-09-10T12:29:00Z/2026-09-10T12:34:00Z", 1),
        ])
    func times(text: String, range: String, step: Int) throws {
        let decoded = text.split(separator: "%2B", omittingEmptySubsequences: false).joined(separator: "+")
        let query = try Self.read(decoded).query
        #expect(Self.text(query.range) == range)
        #expect(query.stepMinutes == step)
    }

    @Test("filters and groups")
    func filters() throws {
        let query = try Self.read(
            "account=prod&region=ap-east-2&scope=global&model=m&model-id=global.m&by=model_id,region&format=csv"
        )
        #expect(query.format == .csv)
        #expect(query.query.account == "prod" && query.query.region == "ap-east-2")
        #expect(query.query.scope == .global && query.query.model == "m" && query.query.modelID == "global.m")
        #expect(query.query.groupBy == [.modelID, .region])
        #expect(try Self.read("by=none").query.groupBy == [])
        #expect(try Self.read("").query.groupBy == [.account, .region, .scope, .model])
        #expect(try Self.read("model-id=x", .url).query.modelID == "x")
        #expect(try Self.read("model_id=x", .url).query.modelID == "x")
        #expect(try Self.read("", .url).format == .json)
    }

    private static let forms =
        "allowed: RFC 3339 such as 2026-09-10T12:00:00Z, a date such as 2026-09-10, Unix seconds such as 1789041600, "
        + "a time before now such as -30d, or now"

    @Test(
        "what is refused, in words",
        arguments: [
            ("start=yesterday", "--start: \"yesterday\" is not a time; \(forms)"),
            ("end=2026-02-29", "--end: \"2026-02-29\" is not a time; \(forms)"),
            ("end=2026-09-10T24:00:00Z", "--end: \"2026-09-10T24:00:00Z\" is not a time; \(forms)"),
            ("end=2026-09-10T12:00:00", "--end: \"2026-09-10T12:00:00\" is not a time; \(forms)"),
            ("end=2026-09-10T12:00:00.Z", "--end: \"2026-09-10T12:00:00.Z\" is not a time; \(forms)"),
            ("end=2026-9-10", "--end: \"2026-9-10\" is not a time; \(forms)"),
            ("start=-30", "--start: \"-30\" is not a time; \(forms)"),
            ("start=-", "--start: \"-\" is not a time; \(forms)"),
            ("start=-99999d", "--start: \"-99999d\" is not a time; \(forms)"),
            ("start=\u{7}\"", "--start: \"\\u{7}\\\"\" is not a time; \(forms)"),
            (
                "start=1789041600000",
                "--start: \"1789041600000\" is not within the years 2000 to 2099; it looks like milliseconds, and "
                    + "seconds are meant"
            ),
            ("start=5", "--start: \"5\" is not within the years 2000 to 2099"),
            (
                "start=99999999999999999999",
                "--start: \"99999999999999999999\" is not a time; \(forms)"
            ),
            (
                "start=2026-09-10T12:00:00Z&end=2026-09-10T12:00:00Z",
                "--start (2026-09-10T12:00:00Z) is not before --end (2026-09-10T12:00:00Z)"
            ),
            (
                "start=-1h&end=-3h",
                "--start (2026-09-10T11:00:00Z) is not before --end (2026-09-10T09:34:00Z)"
            ),
            (
                "start=2026-09-11",
                "--start (2026-09-11T00:00:00Z) lies in the future; it is 2026-09-10T12:34:56Z"
            ),
            (
                "step=90s",
                "--step: \"90s\" is not a step; allowed: whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d"
            ),
            (
                "step=0s",
                "--step: \"0s\" is not a step; allowed: whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d"
            ),
            (
                "step=2d",
                "--step: \"2d\" is not a step; allowed: whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d"
            ),
            (
                "scope=geo",
                "--scope: \"geo\" is not a scope; allowed: \(InferenceScope.allCases.map(\.rawValue).joined(separator: ", "))"
            ),
            (
                "by=region,modelid",
                "--by: \"modelid\" is not known; allowed: account, region, scope, model, model_id, profile_name, caller, with commas "
                    + "between them, or none"
            ),
            ("by=region,region", "--by: region is given twice"),
            ("format=xml", "--format: \"xml\" is not a format; allowed: table, csv, json, openmetrics"),
            ("account=a&account=b", "--account is given twice"),
            ("region=", "--region is empty"),
            (
                "format=openmetrics&by=model",
                "--by does not go with openmetrics in steps of 1m, whose metrics have fixed labels; leave it out or "
                    + "take a longer --step"
            ),
        ])
    func refused(text: String, message: String) {
        #expect(throws: UsageRequestError(message)) { try Self.read(text) }
    }

    @Test(
        "a URL's parameters go by their own names",
        arguments: [
            (
                "model-id=a&model_id=b", "model_id is given twice"
            ),
            (
                "begin=1",
                "unknown parameter \"begin\"; the parameters are start, end, step, account, region, scope, model, "
                    + "model_id, by, caller_kind, format"
            ),
            ("format=table", "format: \"table\" is not a format; allowed: json, csv"),
            (
                "start=2026-09-10T10:00:00 07:00",
                "start: \"2026-09-10T10:00:00 07:00\" is not a time; \(forms); in a URL, + is written as %2B"
            ),
        ])
    func refusedInURL(text: String, message: String) {
        #expect(throws: UsageRequestError(message)) { try Self.read(text, .url) }
    }

    @Test("no text makes the reader of times fail otherwise than by saying no")
    func mutations() {
        let texts = ["2026-09-10T12:00:00.5+07:00", "-30d", "now-1h30m", "1789041600.25", "2026-09-10"]
        for text in texts {
            let bytes = Array(text.utf8)
            for index in bytes.indices {
                for byte in UInt8(0x20)..<0x7F {
                    var mutated = bytes
                    mutated[index] = byte
                    _ = UsageTime(String(decoding: mutated, as: UTF8.self), now: Self.now)
                }
                let cut = String(decoding: bytes[..<index], as: UTF8.self)
                if text.hasPrefix("2026"), index > 4, index != 10 {
                    #expect(UsageTime(cut, now: Self.now) == nil)
                }
            }
        }
    }

    @Test(
        "civil time goes there and back over four centuries", arguments: [-25_567, 0, 10_957, 11_016, 47_540])
    func civilTime(first: Int) {
        for day in stride(from: first, to: first + 146_097, by: 97) {
            let text = CivilTime.date(day * 86_400)
            let parts = text.split(separator: "-").compactMap { Int($0) }
            #expect(CivilTime.days(year: parts[0], month: parts[1], day: parts[2]) == day)
        }
        #expect(CivilTime.text(951_782_399) == "2000-02-28T23:59:59Z")
        #expect(CivilTime.text(951_782_400) == "2000-02-29T00:00:00Z")
        #expect(CivilTime.text(-1) == "1969-12-31T23:59:59Z")
    }
}

@Suite("Filters of history")
struct HistoryFiltersTests {
    private static let series = [
        FakeHistory.series("dev", "eu-west-1", "eu.sonnet", .crossRegion, "sonnet"),
        FakeHistory.series("prod", "ap-east-2", "custom", nil, nil),
        FakeHistory.series("prod", "ap-east-2", "global.sonnet", .global, "sonnet"),
        FakeHistory.series("prod", "ap-southeast-1", "global.haiku", .global, "haiku"),
    ]

    private static func parameters(_ items: (String, String)...) throws -> UsageParameters {
        try UsageParameters.read(
            items.map { (name: $0.0, value: $0.1) }, surface: .url, formats: [.json], now: 1_789_043_696)
    }

    @Test("filters leave what fits all of them")
    func matching() throws {
        let parameters = try Self.parameters(("account", "prod"), ("scope", "global"))
        #expect(try parameters.matching(Self.series).map(\.key.modelID) == ["global.sonnet", "global.haiku"])
        #expect(try Self.parameters().matching([]) == [])
    }

    @Test("a value that does not exist is answered with those that do")
    func unknown() throws {
        func message(_ items: (String, String)..., in series: [StoredSeries] = Self.series) throws -> String?
        {
            let parameters = try UsageParameters.read(
                items.map { (name: $0.0, value: $0.1) }, surface: .url, formats: [.json], now: 1_789_043_696)
            do {
                _ = try parameters.matching(series)
                return nil
            } catch { return error.description }
        }
        #expect(try message(("account", "prd")) == "account: \"prd\" is not in the store; there: dev, prod")
        #expect(
            try message(("account", "prod"), ("region", "eu-west-1"))
                == "region: \"eu-west-1\" is not in the store with account prod; there: ap-east-2, ap-southeast-1"
        )
        #expect(
            try message(("scope", "mantle"))
                == "scope: \"mantle\" is not in the store; there: cross_region, global")
        #expect(
            try message(("model_id", "custom"), ("model", "sonnet"))
                == "model_id: \"custom\" is not in the store with model sonnet; there: eu.sonnet, global.sonnet"
        )
        #expect(
            try message(("region", "x"), in: [])
                == "region: \"x\" is not in the store, which has no usage yet")
        let many = (0..<30).map { FakeHistory.series("a\($0)", "r", "m", .global, "m") }
        let bounded = try message(("account", "x"), in: many)
        #expect(bounded?.hasSuffix(", a26 and 10 more") == true)
    }

    @Test("an answer over HTTP has so many rows at most, and the message tells what to change")
    func size() throws {
        let large = try Self.parameters(("start", "2026-07-01"), ("step", "1m"))
        #expect(
            throws: UsageRequestError(
                "this asks for 411,976 rows (102,994 steps of 4 groups), and at most 100,000 are answered; take a longer "
                    + "step, a shorter range or a filter")
        ) { try large.checkSize(of: Self.series) }
        try Self.parameters(("start", "2026-07-01"), ("step", "1h")).checkSize(of: Self.series)
        try Self.parameters(("start", "2026-08-01"), ("step", "1m"), ("by", "none")).checkSize(
            of: Self.series)
    }
}
