import FoundationEssentials
import HTTPClient

/// CloudWatch of one Region, JSON 1.0 protocol: of the account that asks, or of one that is linked to it.
package struct CloudWatchClient: Sendable {
    private let caller: AWSCaller
    private let region: String
    private let linked: LinkedAccount?

    /// - Parameter linked: Whose metrics are asked for; nil for those of the account whose credentials the caller has.
    package init(caller: AWSCaller, region: String, linked: LinkedAccount? = nil) {
        self.caller = caller
        self.region = region
        self.linked = linked
    }

    /// Every metric of a namespace; `recentlyActive` leaves out those without data in the last three hours
    /// (and up to 50 minutes more).
    package func listMetrics(
        namespace: String, recentlyActive: Bool
    ) async throws(AWSError) -> MetricListing {
        var listing = MetricListing()
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumListMetricsPages)
        while true {
            let (request, page, time) = try await listPage(
                namespace: namespace, recentlyActive: recentlyActive, token: cursor.token)
            listing.metrics += try listed(page, request)
            listing.serverTime = time ?? listing.serverTime
            guard try cursor.advance(to: page.NextToken, request, orCountBy: caller) else { return listing }
        }
    }

    /// The first 500 metrics of a namespace: whether there are any, for one request.
    package func firstMetrics(namespace: String) async throws(AWSError) -> [ListedMetric] {
        let (request, page, _) = try await listPage(
            namespace: namespace, recentlyActive: false, token: nil)
        return try listed(page, request)
    }

    /// What is not known to be the account's own would be counted for it.
    private func listed(
        _ page: CloudWatchWire.ListMetricsOutput, _ request: AWSRequest
    ) throws(AWSError) -> [ListedMetric] {
        guard let linked else { return page.listed }
        guard let listed = page.listed(of: linked.accountID) else {
            throw request.malformed("the list does not say which account each metric is of")
        }
        return listed
    }

    private func listPage(
        namespace: String, recentlyActive: Bool, token: String?
    ) async throws(AWSError) -> (
        request: AWSRequest, page: CloudWatchWire.ListMetricsOutput, serverTime: Int?
    ) {
        let input = CloudWatchWire.ListMetricsInput(
            Namespace: namespace, RecentlyActive: recentlyActive ? "PT3H" : nil, NextToken: token,
            IncludeLinkedAccounts: linked.map { _ in true }, OwningAccount: linked?.accountID)
        let request = try request("ListMetrics", input)
        let response = try await caller.send(request)
        let page = try Self.page(request, response, MetricListReader.read)
        return (request, page, response.serverTime)
    }

    /// The datapoints of many series from `start` up to, not including, `end` (Unix time, whole minutes).
    ///
    /// Every query has a series in the answer. Throws when our input is wrong, when the task is cancelled, or
    /// when no call was answered at all.
    package func getMetricData(
        queries: [MetricQuery], start: Int, end: Int
    ) async throws(AWSError) -> MetricDataAnswer {
        guard let linked else {
            return try await ask(queries, start: start, end: end, findsRefused: true)
        }
        return try await linked.calls.getMetricData(
            queries.map { $0.of(linked.accountID) }, of: linked.accountID, start: start, end: end)
    }

    /// - Parameter findsRefused: Whether calls that CloudWatch refuses are halved until the query at fault is found.
    func ask(
        _ queries: [MetricQuery], start: Int, end: Int, findsRefused: Bool
    ) async throws(AWSError) -> MetricDataAnswer {
        let batchSize = try batchSize(queries, start: start, end: end)
        var answer = MetricDataAnswer()
        answer.series.reserveCapacity(queries.count)
        var hasAnswer = false
        var remaining = queries[...]
        while !remaining.isEmpty {
            let batch = remaining.prefix(batchSize)
            remaining = remaining.dropFirst(batchSize)
            if let last = answer.failures.last, last.concernsEveryCall {
                answer.skip(batch, because: last)
                continue
            }
            try await fetch(
                batch, times: start..<end, findsRefused: findsRefused, into: &answer, &hasAnswer)
        }
        if !hasAnswer, let failure = answer.failures.first { throw failure }
        return answer
    }

    /// Queries of one call: at most 500, and so few that their points fit on one page, because each page is
    /// billed.
    private func batchSize(_ queries: [MetricQuery], start: Int, end: Int) throws(AWSError) -> Int {
        let blank = AWSRequest(service: .cloudWatch, operation: "GetMetricData", region: region)
        guard start < end else { throw blank.error(.invalidRequest, "the time range is empty") }
        guard queries.allSatisfy({ $0.hasValidID }), Set(queries.map(\.id)).count == queries.count else {
            throw blank.error(.invalidRequest, "a query's id is not valid or not unique")
        }
        guard let shortest = queries.map(\.periodSeconds).min() else { return AWSDefaults.queriesPerCall }
        guard shortest > 0 else { throw blank.error(.invalidRequest, "a query's period is not positive") }
        let pointsPerQuery = (end - start - 1) / shortest + 1
        guard pointsPerQuery <= AWSDefaults.maximumDatapointsPerRequest / queries.count else {
            throw blank.error(
                .invalidRequest,
                "more than \(AWSDefaults.maximumDatapointsPerRequest) datapoints; ask for a shorter time")
        }
        return min(AWSDefaults.queriesPerCall, max(1, AWSDefaults.datapointsPerCall / pointsPerQuery))
    }

    /// One batch. One that CloudWatch refuses as invalid is halved until the query at fault stands alone, so
    /// that it costs its own series and no other.
    private func fetch(
        _ batch: ArraySlice<MetricQuery>, times: Range<Int>, findsRefused: Bool,
        into answer: inout MetricDataAnswer,
        _ hasAnswer: inout Bool
    ) async throws(AWSError) {
        var pending = [batch]
        var callsLeft = findsRefused ? AWSDefaults.maximumBisectionCalls : 0
        while let part = pending.popLast() {
            var collector = MetricDataCollector(queries: part, times: times)
            var pagesRead = 0
            var failure: AWSError?
            do throws(AWSError) {
                try await fetchPages(part, times: times, into: &collector, &answer, &pagesRead)
            } catch {
                guard error.kind != .cancelled else { throw error }
                if pagesRead == 0, error.isValidation, part.count > 1, callsLeft >= 2 {
                    callsLeft -= 2
                    let middle = part.startIndex + part.count / 2
                    pending += [part[middle...], part[..<middle]]
                    continue
                }
                if pagesRead == 0, error.isValidation, part.count == 1 {
                    answer.refused.formUnion(part.map(\.id))
                }
                answer.failures.append(error)
                failure = error
            }
            // A refusal of one query is an answer too: CloudWatch was reached.
            hasAnswer = hasAnswer || pagesRead > 0 || failure?.isValidation == true
            let absent = failure?.description ?? "CloudWatch's answer does not hold it"
            collector.finished(isWhole: failure == nil, reasonIfAbsent: absent, into: &answer.series)
            answer.messages += collector.messages
            if let failure, failure.concernsEveryCall {
                for part in pending { answer.skip(part, because: failure) }
                return
            }
        }
    }

    private func fetchPages(
        _ queries: ArraySlice<MetricQuery>, times: Range<Int>, into collector: inout MetricDataCollector,
        _ answer: inout MetricDataAnswer, _ pagesRead: inout Int
    ) async throws(AWSError) {
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumMetricDataPages)
        while true {
            let input = MetricDataRequest(
                queries: queries, times: times, maximumDatapoints: AWSDefaults.datapointsPerCall,
                token: cursor.token)
            var request = request("GetMetricData", body: input.body)
            request.billedMetrics = queries.count
            let response = try await caller.send(request)
            answer.billedMetrics += queries.count
            answer.pages += 1
            answer.serverTime = response.serverTime ?? answer.serverTime
            let page = try Self.page(request, response, MetricDataReader.read)
            collector.add(page)
            pagesRead += 1
            guard try cursor.advance(to: page.NextToken, request) else { return }
        }
    }

    /// - Parameter quick: A reader that leaves to the general decoder what it does not know.
    private static func page<Page: Decodable>(
        _ request: AWSRequest, _ response: TransportResponse, _ quick: ([UInt8]) -> Page?
    ) throws(AWSError) -> Page {
        if let page = quick(response.body) { return page }
        return try JSONAnswer.decode(Page.self, request: request, response: response)
    }

    private func request(_ operation: String, _ input: some Encodable) throws(AWSError) -> AWSRequest {
        do {
            return request(operation, body: Array(try JSONEncoder().encode(input)))
        } catch {
            throw request(operation, body: []).error(
                .invalidRequest, "the request cannot be written as JSON")
        }
    }

    private func request(_ operation: String, body: [UInt8]) -> AWSRequest {
        var request = AWSRequest.json(
            service: .cloudWatch, operation: operation, target: "GraniteServiceVersion20100801",
            version: "1.0", region: region, body: body)
        // Asks for the error codes of the query protocol, which CloudWatch's documentation names.
        request.headers.append(("x-amzn-query-mode", "true"))
        return request
    }
}

extension TransportResponse {
    /// Unix time in its `Date`.
    fileprivate var serverTime: Int? { headers["date"].flatMap(ClockSkew.epochSeconds(ofHTTPDate:)) }
}

extension MetricDataAnswer {
    /// Series that are not asked for, because the same would happen to them.
    fileprivate mutating func skip(_ queries: ArraySlice<MetricQuery>, because failure: AWSError) {
        for query in queries { series[query.id] = .failed("not asked, because of: \(failure.description)") }
    }
}

extension AWSError {
    /// A request that may be accepted when one of its queries is left out.
    var isValidation: Bool {
        kind == .refused && ErrorCodes.validation.contains(code ?? "")
    }

    /// The next call to the same service would fail in the same way, so that asking only costs time.
    fileprivate var concernsEveryCall: Bool {
        switch kind {
        case .transport, .credentials, .throttled, .accessDenied, .credentialsRejected, .invalidRequest,
            .unaffordable, .cancelled:
            true
        case .refused, .serviceFailure, .malformedAnswer: false
        }
    }
}
