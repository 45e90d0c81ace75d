/// Puts what is asked of several linked accounts at about the same time into the same calls of `GetMetricData`, up to 500
/// queries each.
///
/// Who asks waits a moment for others that want the same minutes. A call that fails is the failure of all who are in it, a query
/// that fails that of its own account. A call that CloudWatch refuses is made once more for each account alone, so that one
/// account that is no longer linked costs nobody else anything; it asks alone for a while then.
package actor CrossAccountCalls {
    /// How long the first one waits for others.
    package static let gatherMilliseconds = 300
    /// How long an account asks alone after a refusal.
    static let apartSeconds = 600

    /// What one account asks for.
    private struct Part {
        let id: Int
        let account: String
        let queries: [MetricQuery]
    }

    private struct Gathering {
        let number: Int
        var parts: [Part] = []
        var count = 0
    }

    private typealias Answer = Result<MetricDataAnswer, AWSError>

    private let client: CloudWatchClient
    private let region: String
    private let surroundings: CallSurroundings
    private var gatherings: [Range<Int>: Gathering] = [:]
    private var waiting: [Int: CheckedContinuation<Answer, Never>] = [:]
    /// Calls under way with the parts in them.
    private var calls: [Int: (task: Task<Void, Never>, parts: Set<Int>)] = [:]
    /// When accounts may ask together with others again, Unix seconds.
    private var apart: [String: Int] = [:]
    private var lastNumber = 0

    /// - Parameter caller: With the credentials of the monitoring account.
    package init(caller: AWSCaller, region: String, surroundings: CallSurroundings = .system) {
        client = CloudWatchClient(caller: caller, region: region)
        self.region = region
        self.surroundings = surroundings
    }

    /// The datapoints of an account's queries; as `CloudWatchClient.getMetricData`.
    func getMetricData(
        _ queries: [MetricQuery], of account: String, start: Int, end: Int
    ) async throws(AWSError) -> MetricDataAnswer {
        let room = Self.room(queries, start: start, end: end)
        let isAlone = queries.count >= room || isApart(account)
        guard !isAlone else {
            return try await client.ask(queries, start: start, end: end, findsRefused: true)
        }
        let part = Part(id: next(), account: account, queries: queries)
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting[part.id] = continuation
                join(part, start..<end, room: room)
            }
        } onCancel: {
            Task { await self.leave(part.id) }
        }
        return try answer.get()
    }

    /// How many queries fit into one call and onto one page.
    private static func room(_ queries: [MetricQuery], start: Int, end: Int) -> Int {
        let shortest = queries.map(\.periodSeconds).min() ?? 60
        guard start < end, shortest > 0 else { return 0 }
        let points = (end - start - 1) / shortest + 1
        return min(AWSDefaults.queriesPerCall, AWSDefaults.datapointsPerCall / points)
    }

    private func isApart(_ account: String) -> Bool {
        guard let until = apart[account] else { return false }
        let left = until - surroundings.epochSeconds()
        // A clock set back must not keep it apart for ever.
        if (1...Self.apartSeconds).contains(left) { return true }
        apart[account] = nil
        return false
    }

    private func next() -> Int {
        lastNumber += 1
        return lastNumber
    }

    // MARK: Gathering

    /// Those who wait for others or for an answer.
    var waitingCount: Int { waiting.count }

    private func join(_ part: Part, _ times: Range<Int>, room: Int) {
        if let gathering = gatherings[times], gathering.count + part.queries.count > room {
            send(times)
        }
        if gatherings[times] == nil {
            let gathering = Gathering(number: next())
            gatherings[times] = gathering
            Task {
                // It is not cancelled; if it were, the call would only come sooner.
                try? await surroundings.sleep(.milliseconds(Self.gatherMilliseconds))
                if gatherings[times]?.number == gathering.number { send(times) }
            }
        }
        gatherings[times]?.parts.append(part)
        gatherings[times]?.count += part.queries.count
        if gatherings[times]?.count == room { send(times) }
    }

    /// Whoever asked does not wait any longer.
    private func leave(_ id: Int) {
        for (times, gathering) in gatherings {
            guard let index = gathering.parts.firstIndex(where: { $0.id == id }) else { continue }
            gatherings[times]?.count -= gathering.parts[index].queries.count
            gatherings[times]?.parts.remove(at: index)
        }
        let request = AWSRequest(service: .cloudWatch, operation: "GetMetricData", region: region)
        deliver(.failure(request.error(.cancelled, "the task was cancelled")), to: id)
        for (number, call) in calls where call.parts.contains(id) {
            calls[number]?.parts.remove(id)
            if calls[number]?.parts.isEmpty == true { call.task.cancel() }
        }
    }

    private func deliver(_ answer: Answer, to id: Int) {
        waiting.removeValue(forKey: id)?.resume(returning: answer)
    }

    private func send(_ times: Range<Int>) {
        guard let parts = gatherings.removeValue(forKey: times)?.parts, !parts.isEmpty else { return }
        start(parts, times)
    }

    private func start(_ parts: [Part], _ times: Range<Int>) {
        let number = next()
        let task = Task {
            await ask(parts, times)
            calls[number] = nil
        }
        calls[number] = (task, Set(parts.map(\.id)))
    }

    // MARK: A call

    private func ask(_ parts: [Part], _ times: Range<Int>) async {
        var queries: [MetricQuery] = []
        for (index, part) in parts.enumerated() {
            queries += part.queries.map { $0.renamed(Self.prefix(index) + $0.id) }
        }
        let answer: Answer
        do throws(AWSError) {
            answer = .success(
                try await client.ask(
                    queries, start: times.lowerBound, end: times.upperBound, findsRefused: parts.count == 1))
        } catch {
            answer = .failure(error)
        }
        guard parts.count == 1 || !Self.isRefused(answer) else {
            // Whose fault it is shows when each asks alone.
            for part in parts { start([part], times) }
            return
        }
        if let part = parts.first, parts.count == 1, Self.isRefused(answer) {
            apart[part.account] = surroundings.epochSeconds() + Self.apartSeconds
        }
        for (index, part) in parts.enumerated() {
            deliver(
                answer.map { Self.share(of: part, index, in: $0, isWhole: parts.count == 1) }, to: part.id)
        }
    }

    private static func prefix(_ index: Int) -> String { "p\(index)_" }

    /// Whether CloudWatch refused the call as such, for which one account may be the reason.
    private static func isRefused(_ answer: Answer) -> Bool {
        let failures: [AWSError]
        switch answer {
        case .success(let answer): failures = answer.failures
        case .failure(let error): failures = [error]
        }
        return failures.contains { $0.kind == .refused || $0.kind == .accessDenied }
    }

    /// What of an answer is one account's.
    ///
    /// - Parameter isWhole: Whether there was no other.
    private static func share(
        of part: Part, _ index: Int, in whole: MetricDataAnswer, isWhole: Bool
    ) -> MetricDataAnswer {
        var share = MetricDataAnswer(
            failures: whole.failures, messages: index == 0 ? whole.messages : [])
        share.series.reserveCapacity(part.queries.count)
        for query in part.queries {
            let id = prefix(index) + query.id
            share.series[query.id] = whole.series[id]
            if whole.refused.contains(id) { share.refused.insert(query.id) }
        }
        share.pages = whole.pages
        // Each page bills every query of the call.
        share.billedMetrics = isWhole ? whole.billedMetrics : whole.pages * part.queries.count
        share.serverTime = whole.serverTime
        return share
    }
}
