import HTTPServer
import History
import Polling
import QuotaModel
import System
import UsageStore

/// A JSON document about the past, read for one request.
package enum HistoryDocument {
    /// The document, or an error in its place.
    ///
    /// - Parameter refusal: The status for a request that asks for what is not given.
    package static func respond(
        refusal: Int = 400, error: @Sendable (Int, String) -> HTTPResponse,
        _ bytes: @Sendable () async throws -> [UInt8]
    ) async -> HTTPResponse {
        do {
            var response = HTTPResponse.json(200, try await bytes())
            response.headers.append(("Cache-Control", "no-store"))
            return response
        } catch let reason as UsageRequestError {
            return error(refusal, reason.description)
        } catch let failure {
            return error(500, "\(failure)")
        }
    }
}

/// `GET /api/v1/latency`: the past of latencies, of all model IDs that the filters leave together.
package struct LatencyEndpoint: Sendable {
    /// Model IDs by days, each of which is up to 1,440 rows of the store.
    package static let maximumSeriesDays = 4_000
    package static let concurrentRequests = 2

    /// Opens the store for one answer.
    package let open: @Sendable () throws -> any HistorySource
    /// Unix seconds.
    package let now: @Sendable () -> Double
    private let places: ReadingPlaces

    package init(
        open: @escaping @Sendable () throws -> any HistorySource, now: @escaping @Sendable () -> Double,
        places: ReadingPlaces = ReadingPlaces(LatencyEndpoint.concurrentRequests)
    ) {
        self.open = open
        self.now = now
        self.places = places
    }

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        guard places.take() else {
            return ReadingPlaces.busy(
                "\(Self.concurrentRequests) requests for latencies are being answered", error)
        }
        defer { places.giveBack() }
        return await HistoryDocument.respond(error: error) { try await bytes(request.query) }
    }

    private func bytes(_ items: [(name: String, value: String)]) async throws -> [UInt8] {
        let parameters = try UsageParameters.read(items, surface: .url, formats: [.json], now: Int(now()))
        guard !items.contains(where: { $0.name == UsageParameters.Parameter.by.rawValue }) else {
            throw UsageRequestError(
                "by does not go with latencies, which are of all series together; leave it out")
        }
        let source = try open()
        let series = try parameters.matching(try await source.series())
        let range = parameters.query.range
        let work = series.count * ((range.count + 1439) / 1440)
        guard work <= Self.maximumSeriesDays else {
            throw UsageRequestError(
                "this asks for \(work) days of single model IDs, and at most \(Self.maximumSeriesDays) are read; "
                    + "take a shorter range or a filter")
        }
        var sums = LatencySums(start: range.lowerBound, stepMinutes: parameters.stepMinutes)
        for one in series {
            try await source.seriesMinutes(one.key, range) { sums.add($0) }
        }
        return try JSONDocument.bytes(
            LatencyDocument(range: range, stepMinutes: parameters.stepMinutes, sums: sums))
    }
}

/// `GET /api/v1/trends`: read from the store once in a while, however many look at it.
package actor TrendsEndpoint {
    package static let stepMinutes = 30
    package static let stepCount = 48
    /// How long an answer is given again.
    package static let reuseSeconds = 20.0
    /// Beyond these one document would not be small any more.
    package static let maximumPools = 2_000

    private let open: @Sendable () throws -> any HistorySource
    private let now: @Sendable () -> Double
    private var kept: (bytes: [UInt8], at: Double)?
    private var running: Task<[UInt8], any Error>?

    package init(
        open: @escaping @Sendable () throws -> any HistorySource, now: @escaping @Sendable () -> Double
    ) {
        self.open = open
        self.now = now
    }

    package func respond(error: @Sendable (Int, String) -> HTTPResponse) async -> HTTPResponse {
        await HistoryDocument.respond(refusal: 413, error: error) { try await bytes() }
    }

    /// The kept answer while it is fresh, else that of the reading under way, which never is more than one.
    private func bytes() async throws -> [UInt8] {
        if let kept, (0..<Self.reuseSeconds).contains(now() - kept.at) { return kept.bytes }
        if let running { return try await running.value }
        let time = now()
        let reading = Task { [open] in try await Self.read(open(), at: time) }
        running = reading
        defer { running = nil }
        let bytes = try await reading.value
        kept = (bytes, time)
        return bytes
    }

    private static func read(_ source: any HistorySource, at time: Double) async throws -> [UInt8] {
        let end = Minute(containingEpochSeconds: Int(time))
        let current = end.index / stepMinutes * stepMinutes
        let start = Minute(index: current - (stepCount - 1) * stepMinutes)
        let owners = try await source.series().compactMap(\.quotaPool)
        let pools = Set(owners)
        guard pools.count <= maximumPools else {
            throw UsageRequestError(
                "the store knows \(pools.count) pools, and trends are given of \(maximumPools) at most; "
                    + "ask /api/v1/usage for one Region at a time")
        }
        let range = start..<max(end, start.advanced(by: 1))
        var document = TrendsDocument(range: range, stepMinutes: stepMinutes)
        try await source.rows(UsageQuery(range: range, stepMinutes: stepMinutes)) { document.take($0) }
        if owners.count > pools.count {
            let byModelID = UsageQuery.defaultGroupBy + [.modelID]
            try await source.rows(UsageQuery(range: range, groupBy: byModelID)) { document.takeUser($0) }
            document.endUsers()
        }
        return try JSONDocument.bytes(document)
    }
}

/// `GET /api/v1/report`: the JSON of `report`, of a few pools at a time.
package struct ReportEndpoint: Sendable {
    /// Figures of more pools take longer than a page should wait.
    package static let maximumPools = 20

    /// Opens the store for one answer.
    package let open: @Sendable () throws -> UsageReader
    /// Unix seconds.
    package let now: @Sendable () -> Double
    /// What is known now, of batch jobs, and the quotas that the configuration sets.
    package let current: @Sendable () -> (snapshot: Snapshot, overrides: [QuotaOverride])
    private let places: ReadingPlaces

    package init(
        open: @escaping @Sendable () throws -> UsageReader, now: @escaping @Sendable () -> Double,
        current: @escaping @Sendable () -> (snapshot: Snapshot, overrides: [QuotaOverride]) = {
            (Snapshot(), [])
        },
        places: ReadingPlaces = ReadingPlaces(1)
    ) {
        self.open = open
        self.now = now
        self.current = current
        self.places = places
    }

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        guard places.take() else {
            return ReadingPlaces.busy("a report is being made", error)
        }
        defer { places.giveBack() }
        return await HistoryDocument.respond(error: error) { try await bytes(request.query) }
    }

    private func bytes(_ items: [(name: String, value: String)]) async throws -> [UInt8] {
        let headroom = try Self.headroom(items)
        var asked = items.filter { $0.name != "headroom" }
        if !asked.contains(where: { $0.name == "start" }) { asked.append(("start", "-30d")) }
        asked.append(("step", "1d"))
        let query = try UsageParameters.read(asked, surface: .url, formats: [.json], now: Int(now()))
        let reader = try open()
        let series = try query.matching(try await reader.series())
        let pools = Set(series.compactMap(\.quotaPool)).count
        guard pools <= Self.maximumPools else {
            throw UsageRequestError(
                "these are \(pools) pools, and a report is made of \(Self.maximumPools) at most; "
                    + "narrow it by account, region, scope or model, or use the command report")
        }
        let report = ReportReader(reader)
        let figures = try await report.figures(query.query, of: series)
        let (snapshot, overrides) = current()
        let batch = try await report.batch(figures, overrides: overrides).map { snapshot.counted($0) }
        return try ReportDocument(figures, batch: batch, range: query.query.range, headroom: headroom)
            .bytes()
    }

    private static func headroom(_ items: [(name: String, value: String)]) throws -> Double {
        guard let text = items.first(where: { $0.name == "headroom" })?.value else {
            return Headroom.standard
        }
        guard let ratio = Headroom.parse(text) else {
            throw UsageRequestError(
                "headroom: \(VisibleText.quoted(text)) is not allowed; \(Headroom.allowedText)")
        }
        return ratio
    }
}

/// `GET /api/v1/throttles`: when AWS throttled, and why.
package struct ThrottlesEndpoint: Sendable {
    package static let concurrentRequests = 2

    /// Opens the store for one answer.
    private let open: @Sendable () throws -> UsageReader
    /// Unix seconds.
    private let now: @Sendable () -> Double
    private let places = ReadingPlaces(ThrottlesEndpoint.concurrentRequests)

    package init(
        open: @escaping @Sendable () throws -> UsageReader, now: @escaping @Sendable () -> Double
    ) {
        self.open = open
        self.now = now
    }

    package func respond(
        to request: HTTPRequest, error: @Sendable (Int, String) -> HTTPResponse
    ) async -> HTTPResponse {
        guard places.take() else {
            return ReadingPlaces.busy(
                "\(Self.concurrentRequests) requests for throttles are being answered", error)
        }
        defer { places.giveBack() }
        let items = request.query
        let isCSV = items.contains { $0.name == "format" && $0.value == "csv" }
        var response = await HistoryDocument.respond(error: error) {
            let question = try ThrottleQuestion.read(
                items, surface: .url, formats: [.json, .csv], now: Int(now()))
            let answer = try await question.answer(from: try open())
            return isCSV ? ThrottlesCSV.bytes(answer) : try JSONDocument.bytes(ThrottlesDocument(answer))
        }
        if isCSV, response.status == 200 {
            response.headers.removeAll { $0.name.lowercased() == "content-type" }
            response.headers.append(("Content-Type", "text/csv; charset=utf-8; header=present"))
        }
        return response
    }
}

extension Snapshot {
    /// With the jobs that are in flight: none of a model without jobs, if its Region's jobs are known.
    fileprivate func counted(_ figures: BatchFigures) -> BatchFigures {
        guard let batch = regions.first(where: { $0.key == figures.place })?.batch, batch.listedAt != nil
        else {
            return figures
        }
        let uses = batch.uses.first { $0.model == figures.model }?.quotas ?? []
        var counted = figures
        counted.jobsInFlight = uses.first { $0.quota.kind == figures.quota.kind }?.usage ?? 0
        return counted
    }
}
