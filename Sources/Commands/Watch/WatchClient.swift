import FoundationEssentials
import HTTPClient
import System

/// Reads a running exporter through its HTTP interface, as any other client would.
actor WatchClient {
    /// Why there is no reading; for people, without secrets.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private static let timeout = Duration.seconds(5)
    /// An answer for the 1,000 pools that the store may hold takes less.
    private static let maximumAnswerBytes = 16 << 20
    private static let maximumReasonCharacters = 200
    /// History comes from the exporter's store, so it is not asked for at each reading.
    private static let historySeconds = 10.0

    private let base: String
    private let headers: [(name: String, value: String)]
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Double
    private var histories: [[String]: WatchHistory] = [:]
    private var historiesReadAt: Double?
    private var newestMinute: Double?

    /// - Parameters:
    ///   - url: Without user and query.
    ///   - authorization: The header's value where the exporter asks for a password.
    init(
        url: ServiceURL, authorization: String?, transport: any HTTPTransport,
        now: @escaping @Sendable () -> Double
    ) {
        base = url.origin + (url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path)
        headers = authorization.map { [("Authorization", $0)] } ?? []
        self.transport = transport
        self.now = now
    }

    /// Everything that is shown, as of now. Throws a `Failure` when pools or status cannot be had.
    func read() async throws(Failure) -> WatchReading {
        let pools: Pools = try await document("/api/v1/pools")
        let status: Status = try await document("/api/v1/status")
        let (settings, usual) = (status.settings, WatchThresholds.usual)
        var reading = WatchReading(
            pools: pools.pools, unmapped: pools.unmapped, regions: status.regions,
            pollIntervalSeconds: settings?.pollIntervalSeconds,
            thresholds: WatchThresholds(
                warning: settings?.warning ?? usual.warning, critical: settings?.critical ?? usual.critical))
        reading.isReady = status.ready ?? reading.waiting.isEmpty
        let alerts: Alerts? = try await optionalDocument("/api/v1/alerts")
        reading.alerts = alerts?.alerts.filter(\.isShown)
        try await readHistories(newest: reading.newestMinute)
        for (index, pool) in reading.pools.enumerated() {
            reading.pools[index].thresholds.warning = pool.warning ?? reading.thresholds.warning
            reading.pools[index].thresholds.critical = pool.critical ?? reading.thresholds.critical
            reading.pools[index].history = histories[pool.id]
        }
        return reading
    }

    private func readHistories(newest: Double?) async throws(Failure) {
        let isRecent = historiesReadAt.map { now() - $0 < Self.historySeconds } ?? false
        guard !isRecent || newest != newestMinute else { return }
        let usage: Usage = try await document(
            "/api/v1/usage?start=-\(WatchHistory.minutes)m&step=1m&by=account,region,scope,model")
        histories = usage.histories
        historiesReadAt = now()
        newestMinute = newest
    }

    private func document<Document: Decodable>(_ path: String) async throws(Failure) -> Document {
        guard let document: Document = try await optionalDocument(path) else {
            throw Failure(description: "\(base)\(path): status 404: this is not the exporter")
        }
        return document
    }

    /// Nil where the exporter has no such path.
    private func optionalDocument<Document: Decodable>(_ path: String) async throws(Failure) -> Document? {
        guard let bytes = try await get(path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(Document.self, from: Data(bytes))
        } catch {
            throw Failure(description: "\(base)\(path): the answer is not what the exporter answers")
        }
    }

    /// The body of status 200; nil for 404.
    private func get(_ path: String) async throws(Failure) -> [UInt8]? {
        let answer: TransportResponse
        do {
            answer = try await transport.send(
                TransportRequest(
                    method: "GET", url: base + path, headers: headers, timeout: Self.timeout,
                    maximumResponseBytes: Self.maximumAnswerBytes))
        } catch {
            throw Failure(description: "\(error)")
        }
        switch answer.status {
        case 200: return answer.body
        case 404: return nil
        case 401:
            throw Failure(
                description: headers.isEmpty
                    ? "\(base) asks for a password: give --web.user and --web.password-file"
                    : "\(base) does not accept this user and password")
        case let status:
            let reason = MessageText.bounded(String(decoding: answer.body, as: UTF8.self))
            throw Failure(
                description:
                    "\(base)\(path): status \(status): \(reason.prefix(Self.maximumReasonCharacters))")
        }
    }
}

/// `GET /api/v1/pools`.
private struct Pools: Decodable {
    let pools: [WatchPool]
    let unmapped: [WatchReading.Unmapped]
}

/// `GET /api/v1/status`.
private struct Status: Decodable {
    struct Settings: Decodable {
        let pollIntervalSeconds: Double?
        let warning: Double?
        let critical: Double?
    }

    let settings: Settings?
    let ready: Bool?
    let regions: [WatchReading.Region]
}

/// `GET /api/v1/alerts`.
private struct Alerts: Decodable {
    let alerts: [WatchReading.Alert]
}

/// `GET /api/v1/usage` by account, region, scope and model.
private struct Usage: Decodable {
    struct Row: Decodable {
        let start: Date
        let account: String
        let region: String
        /// Nil where the model ID has no pool.
        let scope: String?
        let model: String?
        let throttles: Double?
        let quotas: [String: Figures]
    }

    struct Figures: Decodable {
        let peakRatio: Double?
    }

    let start: Date
    let rows: [Row]

    /// The last minutes of each pool; `start` is the first of them.
    var histories: [[String]: WatchHistory] {
        var found: [[String]: WatchHistory] = [:]
        for row in rows {
            let place = Int(row.start.timeIntervalSince(start) / 60)
            guard let scope = row.scope, let model = row.model, (0..<WatchHistory.minutes).contains(place)
            else { continue }
            let id = [row.account, row.region, scope, model]
            var history = found[id] ?? WatchHistory()
            history.ratios[place] =
                row.quotas.filter { $0.key.hasSuffix("tokens_per_minute") }.compactMap(\.value.peakRatio)
                .max()
            if let throttles = row.throttles { history.throttles = (history.throttles ?? 0) + throttles }
            found[id] = history
        }
        return found
    }
}
