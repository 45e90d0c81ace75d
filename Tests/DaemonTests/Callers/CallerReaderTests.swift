import FoundationEssentials
import HTTPClient
import QuotaModel
import Synchronization
import TestBench
import Testing

@testable import AWSClient
@testable import Polling
@testable import Reading
@testable import SQLite
@testable import System
@testable import UsageStore

/// Logs Insights as a script: what each start and each look brings.
private final class LogsScript: HTTPTransport {
    struct State {
        /// What the next starts bring instead of a query.
        var starts: [Result<TransportResponse, TransportError>] = []
        /// Whether a start that is answered with an error runs all the same.
        var looks: [Result<TransportResponse, TransportError>] = []
        /// Looks at a query before it is complete.
        var runningLooks = 0
        /// Rows of a window, by its start and end in Unix seconds.
        var rows: @Sendable (Int, Int) -> [[String: String]] = { _, _ in [] }
        var bytes = 1_000
        var logging = #"{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"g"}}}"#
        /// Start and end of each query that was started.
        var started: [[Int]] = []
        var seen: [String: Int] = [:]
        var asked = 0
        /// What AWS's clock is ahead of the test's.
        var ahead = 0
    }

    let state = Mutex(State())
    private let clock: ManualClock

    init(_ clock: ManualClock) { self.clock = clock }

    var started: [[Int]] { state.withLock { $0.started } }
    func seen(_ operation: String) -> Int { state.withLock { $0.seen[operation] ?? 0 } }
    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let target = request.headers.first { $0.name == "X-Amz-Target" }?.value
        let operation = target.map { String($0.split(separator: ".")[1]) } ?? "logging"
        let answer = state.withLock { state -> Result<TransportResponse, TransportError> in
            state.seen[operation, default: 0] += 1
            switch operation {
            case "StartQuery": return start(request.body, &state)
            case "GetQueryResults": return look(request.body, &state)
            case "StopQuery": return Self.ok(#"{"success":true}"#)
            case _: return Self.ok(state.logging, date: Int(clock.now) + state.ahead)
            }
        }
        return try answer.get()
    }

    private func start(_ body: [UInt8], _ state: inout State) -> Result<TransportResponse, TransportError> {
        struct Input: Decodable { let startTime, endTime: Int }
        if !state.starts.isEmpty { return state.starts.removeFirst() }
        guard let input = try? JSONDecoder().decode(Input.self, from: Data(body)) else {
            return .failure(.badRequest(reason: "no query"))
        }
        state.started.append([input.startTime, input.endTime])
        state.asked = 0
        return Self.ok(
            #"{"queryId":"\#(state.started.count - 1)"}"#, date: Int(clock.now) + state.ahead)
    }

    private func look(_ body: [UInt8], _ state: inout State) -> Result<TransportResponse, TransportError> {
        struct Input: Decodable { let queryId: String }
        if !state.looks.isEmpty { return state.looks.removeFirst() }
        guard let id = (try? JSONDecoder().decode(Input.self, from: Data(body))).flatMap({ Int($0.queryId) })
        else { return .failure(.badRequest(reason: "no query")) }
        state.asked += 1
        guard state.asked > state.runningLooks else {
            return Self.ok(#"{"status":"Running","statistics":{"bytesScanned":10}}"#)
        }
        let rows = state.rows(state.started[id][0], state.started[id][1]).map { row in
            "[" + row.map { #"{"field":"\#($0.key)","value":"\#($0.value)"}"# }.joined(separator: ",") + "]"
        }
        return Self.ok(
            #"{"status":"Complete","statistics":{"bytesScanned":\#(state.bytes)},"results":[\#(rows.joined(separator: ","))]}"#
        )
    }

    static func ok(_ text: String, date: Int? = nil) -> Result<TransportResponse, TransportError> {
        .success(
            TransportResponse(
                status: 200, headers: date.map { ["date": CivilTime.httpDate($0)] } ?? [:],
                body: Array(text.utf8)))
    }

    static func refused(_ code: String, _ status: Int = 400) -> Result<TransportResponse, TransportError> {
        .success(
            TransportResponse(status: status, body: Array(#"{"__type":"\#(code)","message":"no"}"#.utf8)))
    }
}

/// A reader against a script, on a clock that its sleeps move.
private final class CallerBench: Sendable {
    static let region = "ap-southeast-1"
    static let model = "global.anthropic.claude-sonnet-4-6"
    /// 12:00:00 of a day.
    static let noon = 29_500_560 * 60

    let folder: TestFolder
    let clock: ManualClock
    let script: LogsScript
    let store: UsageStore
    let metrics = SelfMetrics()
    let logged = Shared<[String]>([])
    let slept = Shared<[Double]>([])

    init(minute: Int = 12) throws {
        folder = try TestFolder()
        clock = ManualClock(Double(Self.noon + minute * 60))
        script = LogsScript(clock)
        store = try UsageStore.open(path: folder.database)
    }

    func reader(_ change: (inout CallerSettings) -> Void = { _ in }) -> CallerReader {
        var settings = CallerSettings()
        settings.isEnabled = true
        change(&settings)
        let counter = RequestCounter(account: "prod", metrics: metrics)
        let caller = AWSCaller(
            transport: script,
            credentials: StaticKeys(), endpoints: EndpointResolver(),
            retries: RetryPolicy(maximumAttempts: 1), observer: counter)
        let session = AccountSession(
            configuredName: "prod", regions: [Self.region], callers: settings, caller: caller,
            requests: counter)
        let services = PollServices(
            store: store, board: SnapshotBoard(), metrics: metrics,
            log: Log(level: .info, write: { [logged] line in logged.change { $0.append(line) } }),
            clock: PollClock(
                now: { [clock] in clock.now },
                sleep: { [clock, slept] seconds in
                    try Task.checkCancellation()
                    slept.change { $0.append(seconds) }
                    clock.advance(seconds)
                }),
            plan: PollPlan(settings: PollingSettings()), slots: PollSlots(1),
            roster: FleetRoster([(account: "prod", region: Self.region)]), overrides: [],
            rates: BurndownTable(), published: {})
        return CallerReader(
            account: session, region: Self.region, settings: settings, services: services)
    }

    /// One row for each minute of a window.
    func showTraffic(callers: Int = 1) {
        script.change {
            $0.rows = { start, end in
                stride(from: start, to: end, by: 60).flatMap { second in
                    (0..<callers).map { Self.row(second, "app\($0)") }
                }
            }
        }
    }

    static func row(_ second: Int, _ role: String) -> [String: String] {
        let time = CivilTime.text(second).dropLast().split(separator: "T").joined(separator: " ")
        return [
            "bin(1m)": time + ".000", "modelId": model, "invocations": "1", "input_tokens": "100",
            "output_tokens": "10", "caller_arn": "arn:aws:sts::1:assumed-role/\(role)/s",
        ]
    }

    /// Each window as `start-end state`, in minutes after noon.
    func windows() async throws -> [String] {
        try await store.rows(
            """
            SELECT ((start - \(Self.noon)) / 60) || '-' || (("end" - \(Self.noon)) / 60) || ' ' || state
            FROM caller_windows ORDER BY start
            """
        )
    }

    func reasons() async throws -> [String] {
        try await store.rows("SELECT reason FROM caller_windows WHERE reason IS NOT NULL ORDER BY start")
    }

    /// Minutes after noon with rows.
    func minutes() async throws -> [String] {
        try await store.rows(
            "SELECT DISTINCT (minute - \(Self.noon)) / 60 FROM caller_minutes ORDER BY minute")
    }

    /// The window before was read.
    func begin(at minute: Int) async throws {
        let window = CallerWindow(
            account: "prod", region: Self.region,
            range: Minute(index: 29_500_560 + minute - 5)..<Minute(index: 29_500_560 + minute),
            kinds: ["role"], askedAt: 1)
        try await store.askCallerWindow(window)
        try await store.recordCallers(
            CallerRecord(window: window, minutes: [], keep: 1, bytesScanned: nil, recordedAt: 1))
    }

    var told: SelfMetrics.CallerReading? {
        metrics.current.regions[RegionKey(account: "prod", region: Self.region)]?.callers
    }
}

extension UsageStore {
    /// Each row's columns as text, joined by "|".
    fileprivate func rows(_ sql: String) throws(StoreError) -> [String] {
        try use("test") { (database) throws(StoreError) in
            var rows: [String] = []
            try database.query(sql) { row in
                rows.append((0..<row.columnCount).map { row.text($0) }.joined(separator: "|"))
            }
            return rows
        }
    }
}

private struct StaticKeys: CredentialsProvider {
    func credentials() async throws(CredentialsError) -> AWSCredentials {
        AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "a-secret-key")
    }
}

@Suite("Reading invocation logs", .timeLimit(.minutes(5)))
struct CallerReaderTests {
    @Test("each settled window is asked for once, with one second more at its end that is left out")
    func windows() async throws {
        let bench = try CallerBench()
        bench.showTraffic()
        let reader = bench.reader()
        #expect(await reader.round() == 3 * 60)
        #expect(bench.script.started == [[CallerBench.noon, CallerBench.noon + 300]])
        #expect(await reader.round() == 3 * 60)
        bench.clock.advance(3 * 60)
        _ = await reader.round()
        #expect(bench.script.started.count == 2)
        #expect(try await bench.windows() == ["0-5 read", "5-10 read"])
        #expect(try await bench.minutes() == (0..<10).map { "\($0)" })
        #expect(bench.told?.scannedBytes == 2000 && bench.told?.windowsRead == 2)
        #expect(bench.told?.problem == nil && bench.told?.readUntil == CallerBench.noon + 600)
        try await bench.store.close()
    }

    @Test("a slow query is looked at with growing pauses, and given up in the end")
    func slow() async throws {
        let bench = try CallerBench()
        bench.showTraffic()
        bench.script.change { $0.runningLooks = 5 }
        let reader = bench.reader()
        _ = await reader.round()
        #expect(bench.slept.value == [1, 2, 4, 8, 15])
        #expect(try await bench.windows() == ["0-5 read"])
        bench.script.change { $0.runningLooks = .max }
        bench.clock.now = Double(CallerBench.noon + 15 * 60)
        _ = await reader.round()
        #expect(try await bench.windows().prefix(2) == ["0-5 read", "5-10 unknown"])
        #expect(try await bench.reasons().first?.contains("no answer within 240 s: it is Running") == true)
        #expect(bench.script.seen("StopQuery") >= 1)
        #expect(bench.told?.scannedBytes == 1010, "what it has scanned by then is billed")
        try await bench.store.close()
    }

    @Test(
        "after a lost answer to StartQuery the window stays unknown, and the next is read",
        arguments: [
            Result<TransportResponse, TransportError>.failure(.timedOut(host: "h", seconds: 30)),
            .failure(.connectionFailed(host: "h", reason: "reset")),
            LogsScript.refused("InternalFailure", 500),
            LogsScript.ok("{"),
        ])
    func lost(answer: Result<TransportResponse, TransportError>) async throws {
        let bench = try CallerBench(minute: 15)
        try await bench.begin(at: 0)
        bench.showTraffic()
        bench.script.change { $0.starts = [answer] }
        let reader = bench.reader()
        _ = await reader.round()
        #expect(try await bench.windows() == ["-5-0 read", "0-5 unknown", "5-10 read"])
        #expect(try await bench.reasons().first?.contains("was lost") == true)
        #expect(bench.script.seen("StartQuery") == 2)
        #expect(bench.told?.windowsUnknown == 1 && bench.logged.value.count == 2)
        try await bench.store.close()
    }

    @Test("what was surely not started is started later; what would be refused again stays unknown")
    func undone() async throws {
        let bench = try CallerBench(minute: 15)
        try await bench.begin(at: 0)
        bench.showTraffic()
        bench.script.change {
            $0.starts = [
                .failure(.cannotConnect(host: "h", reason: "refused")),
                LogsScript.refused("AccessDeniedException"),
                LogsScript.refused("LimitExceededException"), LogsScript.refused("ResourceNotFoundException"),
            ]
        }
        let reader = bench.reader()
        for pause in [30.0, 60, 120] {
            #expect(await reader.round() == pause)
            #expect(try await bench.windows() == ["-5-0 read"])
            #expect(bench.told?.problem != nil && bench.told?.windowsUnknown == 0)
        }
        _ = await reader.round()
        #expect(try await bench.windows() == ["-5-0 read", "0-5 unknown", "5-10 read"])
        #expect(try await bench.reasons().first?.contains("ResourceNotFoundException") == true)
        try await bench.store.close()
    }

    @Test("a query that ends badly, or whose answer cannot be read, leaves its window unknown")
    func bad() async throws {
        for status in ["Failed", "Timeout", "Cancelled"] {
            let bench = try CallerBench()
            bench.script.change {
                $0.looks = [LogsScript.ok(#"{"status":"\#(status)","statistics":{"bytesScanned":77}}"#)]
            }
            _ = await bench.reader().round()
            #expect(try await bench.windows() == ["0-5 unknown"])
            #expect(try await bench.reasons() == ["Logs Insights ended the query: \(status)"])
            #expect(bench.told?.scannedBytes == 77)
            try await bench.store.close()
        }
        let bench = try CallerBench()
        bench.script.change {
            $0.rows = { start, _ in [CallerBench.row(start, "app"), ["modelId": CallerBench.model]] }
        }
        _ = await bench.reader().round()
        #expect(try await bench.windows() == ["0-5 unknown"])
        #expect(try await bench.minutes() == [])
        try await bench.store.close()
    }

    @Test("failures between two looks delay the answer alone")
    func looks() async throws {
        let bench = try CallerBench()
        bench.showTraffic()
        bench.script.change {
            $0.looks = [
                .failure(.timedOut(host: "h", seconds: 30)), LogsScript.refused("Throttling"),
                LogsScript.ok("{"),
                LogsScript.refused("ServiceUnavailableException", 503),
            ]
        }
        _ = await bench.reader().round()
        #expect(try await bench.windows() == ["0-5 read"])
        #expect(bench.script.started.count == 1)
        try await bench.store.close()
    }

    @Test("too long an answer is asked for in halves, down to a minute, which then stays unknown")
    func truncated() async throws {
        let bench = try CallerBench()
        let noon = CallerBench.noon
        bench.script.change {
            // Minute 3 alone has more than an answer holds.
            $0.rows = { start, end in
                stride(from: start, to: end, by: 60).flatMap { second in
                    (0..<(second == noon + 180 ? 10_000 : 1)).map { CallerBench.row(second, "app\($0)") }
                }.prefix(10_000).map { $0 }
            }
        }
        _ = await bench.reader().round()
        #expect(try await bench.windows() == ["0-2 read", "2-3 read", "3-4 unknown", "4-5 read"])
        #expect(try await bench.minutes() == ["0", "1", "2", "4"])
        #expect(try await bench.reasons().first?.contains("more than 10000 combinations") == true)
        #expect(
            bench.script.started.map { [($0[0] - noon) / 60, ($0[1] - noon) / 60] }
                == [[0, 5], [0, 2], [2, 4], [2, 3], [3, 4], [4, 5]])
        #expect(
            try await bench.store.bytesScanned(account: "prod", month: "2026-02") == 6_000,
            "what was scanned in vain is paid for as well")
        try await bench.store.close()
    }

    @Test("when the month's budget is spent nothing is asked for, and said once")
    func budget() async throws {
        let bench = try CallerBench(minute: 35)
        try await bench.begin(at: 0)
        bench.script.change { $0.bytes = 600_000_000 }
        let reader = bench.reader { $0.monthlyBudgetGigabytes = 1 }
        _ = await reader.round()
        #expect(
            try await bench.windows() == [
                "-5-0 read", "0-5 read", "5-10 read", "10-15 unknown", "15-20 unknown", "20-25 unknown",
                "25-30 unknown",
            ])
        #expect(bench.logged.value.count == 1 && bench.logged.value[0].contains("budget"))
        #expect(bench.told?.monthBytes == 1_200_000_000)
        // 2026-03-01T00:10:00Z.
        bench.clock.now = 1_772_323_800
        _ = await reader.round()
        #expect(bench.script.started.count > 2, "the next month has a budget of its own")
        try await bench.store.close()
    }

    @Test("a restart fetches the answer of a query that was started, and starts none again")
    func restart() async throws {
        let bench = try CallerBench(minute: 15)
        try await bench.begin(at: 0)
        bench.showTraffic()
        // Killed between StartQuery and the store, and in StartQuery itself.
        for (offset, query) in [(0, "0"), (5, nil)] as [(Int, String?)] {
            let start = Minute(index: 29_500_560 + offset)
            var window = CallerWindow(
                account: "prod", region: CallerBench.region, range: start..<start.advanced(by: 5),
                kinds: ["role"], askedAt: 1)
            try await bench.store.askCallerWindow(window)
            window.queryID = query
            try await bench.store.noteCallerQuery(window)
        }
        bench.script.change { $0.started = [[CallerBench.noon, CallerBench.noon + 300]] }
        _ = await bench.reader().round()
        #expect(try await bench.windows() == ["-5-0 read", "0-5 read", "5-10 unknown"])
        #expect(bench.script.seen("StartQuery") == 0)
        #expect(try await bench.reasons().first?.contains("ended while StartQuery was under way") == true)
        try await bench.store.close()
    }

    @Test("a store that fails while an answer is recorded gets it later, from the same query")
    func storeFails() async throws {
        let bench = try CallerBench()
        bench.showTraffic()
        let reader = bench.reader()
        try await bench.store.use("test") { (database) throws(StoreError) in
            database.stepFault = { $0.contains("INSERT INTO caller_minutes") ? 13 : nil }
        }
        #expect(await reader.round() == 30)
        #expect(try await bench.windows() == ["0-5 asked"])
        #expect(try await bench.minutes() == [])
        try await bench.store.use("test") { (database) throws(StoreError) in database.stepFault = nil }
        _ = await reader.round()
        #expect(try await bench.windows() == ["0-5 read"])
        #expect(bench.script.started.count == 1)
        #expect(try await bench.minutes().count == 5)
        try await bench.store.close()
    }

    @Test("a machine whose clock is ahead asks for nothing that is still to come")
    func clockAhead() async throws {
        let bench = try CallerBench(minute: 12)
        bench.showTraffic()
        bench.script.change { $0.ahead = -3600 }
        let reader = bench.reader()
        _ = await reader.round()
        #expect(try await bench.windows() == ["-60--55 read"])
        // With the group configured only the start tells the time.
        let other = try CallerBench(minute: 12)
        other.script.change { $0.ahead = -3600 }
        _ = await other.reader { $0.logGroup = "g" }.round()
        #expect(other.told?.windowsRead == 0 || other.script.started.last?[1] ?? 0 <= CallerBench.noon - 3300)
        #expect(try await !other.windows().contains("0-5 read"))
        try await other.store.close()
        try await bench.store.close()
    }

    @Test("while logging is off nothing is asked for and nothing is taken for known")
    func off() async throws {
        for (logging, reason) in [
            ("{}", "model invocation logging is off"),
            (
                #"{"loggingConfig":{"s3Config":{"bucketName":"b"}}}"#,
                "model invocation logs do not go to CloudWatch Logs"
            ),
        ] {
            let bench = try CallerBench()
            bench.script.change { $0.logging = logging }
            _ = await bench.reader().round()
            #expect(try await bench.windows() == ["0-5 unknown"])
            #expect(try await bench.reasons() == [reason])
            #expect(bench.script.seen("StartQuery") == 0)
            try await bench.store.close()
        }
    }
}
