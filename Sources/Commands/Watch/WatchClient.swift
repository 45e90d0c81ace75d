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
    private var histories: [WatchPool.ID: WatchHistory] = [:]
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
        let pools = try await document(WatchDocuments.Pools.self, "/api/v1/pools")
        let status = try await document(WatchDocuments.Status.self, "/api/v1/status")
        let thresholds = WatchThresholds(status.settings)
        var reading = WatchReading(
            takenAt: now(), pools: pools.pools.map { WatchPool($0, standard: thresholds) })
        reading.thresholds = thresholds
        reading.unmapped = pools.unmapped.map(WatchReading.Unmapped.init)
        reading.regions = status.regions.map(WatchReading.Region.init)
        reading.isReady = status.ready ?? reading.waiting.isEmpty
        reading.pollIntervalSeconds = status.settings?.pollIntervalSeconds
        reading.alerts = try await alerts()
        try await readHistories(newest: reading.pools.flatMap(\.quotas).compactMap(\.minute).max())
        for index in reading.pools.indices {
            reading.pools[index].history = histories[reading.pools[index].id]
        }
        return reading
    }

    /// As `read`, with the failure as a value.
    func result() async -> Result<WatchReading, Failure> {
        do throws(Failure) {
            return .success(try await read())
        } catch {
            return .failure(error)
        }
    }

    /// Nil where the exporter has no such list.
    private func alerts() async throws(Failure) -> [WatchReading.Alert]? {
        guard let bytes = try await get("/api/v1/alerts", absentIs: 404) else { return nil }
        return try decode(WatchDocuments.Alerts.self, bytes, "/api/v1/alerts").alerts
            .compactMap(WatchReading.Alert.init)
    }

    private func readHistories(newest: Double?) async throws(Failure) {
        let isRecent = historiesReadAt.map { now() - $0 < Self.historySeconds } ?? false
        guard !isRecent || newest != newestMinute else { return }
        let usage = try await document(
            WatchDocuments.Usage.self,
            "/api/v1/usage?start=-\(WatchHistory.minutes)m&step=1m&by=account,region,scope,model")
        histories = usage.histories(minutes: WatchHistory.minutes)
        historiesReadAt = now()
        newestMinute = newest
    }

    private func document<Document: Decodable>(_ type: Document.Type, _ path: String) async throws(Failure)
        -> Document
    {
        guard let bytes = try await get(path) else {
            throw Failure(description: "\(base)\(path): status 404: this is not the exporter")
        }
        return try decode(type, bytes, path)
    }

    private func decode<Document: Decodable>(_ type: Document.Type, _ bytes: [UInt8], _ path: String)
        throws(Failure) -> Document
    {
        do {
            return try WatchDocuments.decode(type, bytes)
        } catch {
            throw Failure(description: "\(base)\(path): the answer is not what the exporter answers")
        }
    }

    /// The body of status 200; nil for the status that means there is none.
    private func get(_ path: String, absentIs absent: Int = 404) async throws(Failure) -> [UInt8]? {
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
        case absent: return nil
        case 401:
            throw Failure(
                description: headers.isEmpty
                    ? "\(base) asks for a password: give --web.user and --web.password-file"
                    : "\(base) does not accept this user and password")
        case let status:
            let reason = VisibleText.escaped(
                MessageText.bounded(String(decoding: answer.body, as: UTF8.self)))
            throw Failure(
                description:
                    "\(base)\(path): status \(status): \(reason.prefix(Self.maximumReasonCharacters))")
        }
    }
}
