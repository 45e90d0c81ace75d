import Configuration
import Glibc
import QuotaModel
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Daemon
@testable import HTTPClient
@testable import Reading
@testable import RemoteWrite
@testable import System

/// Time that stands still until somebody waits, and then jumps.
final class RemoteWriteTime: Sendable {
    private let seconds: Mutex<Double>
    private let pausesTaken = Mutex<[Double]>([])
    /// Sleeps before a sleeper is cancelled: a test that waits for ever must end.
    private static let mostSleeps = 500

    init(_ seconds: Double) { self.seconds = Mutex(seconds) }

    func advance(_ by: Double) { seconds.withLock { $0 += by } }
    var pauses: [Double] { pausesTaken.withLock { $0 } }

    var clock: PollClock {
        PollClock(
            now: { self.seconds.withLock { $0 } },
            sleep: { pause in
                let count = self.pausesTaken.withLock { pauses in
                    pauses.append(pause)
                    return pauses.count
                }
                guard count <= Self.mostSleeps, !Task.isCancelled else { throw CancellationError() }
                self.advance(pause)
                await Task.yield()
            })
    }
}

/// A store with one Region, a receiver, and senders in between.
final class RemoteWriteBench: Sendable {
    static let account = "prod"
    static let region = "ap-southeast-1"
    static let sonnet = "anthropic.claude-sonnet-4-6"
    static let model = "global.\(sonnet)"
    /// 2026-03-01T12:00:00Z.
    static let begin = Minute(containingEpochSeconds: 1_772_366_400)

    private let folder: TestFolder
    let store: UsageStore
    let time: RemoteWriteTime
    let receiver = RemoteWriteReceiver()
    let metrics = RemoteWriteMetrics()
    private let lines = Mutex<[String]>([])
    private let url: Mutex<String>

    init() throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        time = RemoteWriteTime(Double(Self.begin.epochSeconds))
        url = Mutex(try receiver.start())
    }

    var log: [String] { lines.withLock { $0 } }

    static func at(_ offset: Int) -> Minute { begin.advanced(by: offset) }

    /// Stores minutes of a model ID: invocations are the offset, input tokens ten times that. What begins with offset
    /// 0 covers the day before as well, as a first read does.
    func record(
        _ offsets: Range<Int>, model: String = RemoteWriteBench.model, data: (Int) -> Bool = { _ in true }
    ) async throws {
        try await record(offsets, models: [model], data: data)
    }

    /// The same of several model IDs in one poll.
    func record(
        _ offsets: Range<Int>, models: [String], data: (Int) -> Bool = { _ in true }
    ) async throws {
        let minutes = offsets.filter(data).map { offset in
            var usage = UsageMinute()
            usage.invocations = Double(offset)
            usage.inputTokens = Double(10 * offset)
            return RecordedMinute(minute: Self.at(offset), usage: usage)
        }
        let first = offsets.lowerBound == 0 ? -1500 : offsets.lowerBound
        let covered = [Self.at(first)..<Self.at(offsets.upperBound)]
        _ = try await store.record(
            PollRecord(
                account: Self.account, region: Self.region, recordedAt: 1,
                series: models.map { SeriesRecord(modelID: $0, minutes: minutes, covered: covered) }))
    }

    /// Stores one covered minute of a model ID as of now.
    func revise(_ offset: Int, _ usage: UsageMinute, model: String = RemoteWriteBench.model) async throws {
        let minute = Self.at(offset)
        try await store.record(
            PollRecord(
                account: Self.account, region: Self.region, recordedAt: Int(time.clock.now()),
                series: [
                    SeriesRecord(
                        modelID: model, minutes: [RecordedMinute(minute: minute, usage: usage)],
                        covered: [minute..<minute.advanced(by: 1)])
                ]))
    }

    /// What a discovery leaves in the store.
    func list(_ models: [String] = [RemoteWriteBench.model], at time: Int = 2) async throws {
        let names: Set<String> = ["Invocations", "InputTokenCount", "OutputTokenCount"]
        try await store.rememberSeries(
            account: Self.account, region: Self.region,
            Dictionary(uniqueKeysWithValues: models.map { ($0, names) }),
            at: time)
    }

    func configuration(_ extra: String = "start: 1d") throws -> RemoteWriteSettings {
        let text = "remote_write: [{ url: \"\(url.withLock { $0 })\", name: r, \(extra) }]"
        return try #require(try Configuration.load(text: text, file: "f").remoteWrite.first)
    }

    /// A sender as a new process has it.
    func sender(
        _ extra: String = "start: 1d", transport: (any HTTPTransport)? = nil,
        readFile: @escaping BoundedFile.Reader = { (_, _) throws(FileError) in nil }
    ) throws -> RemoteWriteSender {
        let configuration = try configuration(extra)
        let client = RemoteWriteClient(
            url: configuration.url, transport: try transport ?? CurlTransport(),
            authentication: RemoteWriteAuthentication(
                configuration.authentication, credentials: nil, readFile: readFile), clock: time.clock)
        let settings = PollingSettings {
            $0.rereadWindow = .minutes(5)
            $0.settleDelay = .minutes(3)
        }
        return RemoteWriteSender(
            configuration, client: client,
            services: RemoteWriteServices(
                store: store, clock: time.clock,
                log: Log(level: .debug, write: { line in self.lines.withLock { $0.append(line) } }),
                metrics: metrics, reach: RemoteWriteReach(PollPlan(settings: settings)), random: { 0 }))
    }

    /// Sends until nothing is due.
    func drain(_ sender: RemoteWriteSender) async throws {
        for _ in 0..<1000 {
            guard try await sender.sendSlice() else { return }
        }
        Issue.record("there is no end of slices")
    }

    /// Sends again until nothing that changed is due.
    func drainRevisions(_ sender: RemoteWriteSender) async throws {
        for _ in 0..<1000 {
            guard try await sender.sendRevisions() else { return }
        }
        Issue.record("there is no end of revisions")
    }

    /// Makes the model ID draw on a pool.
    func assign(_ model: String = RemoteWriteBench.model) async throws {
        try await store.recordAssignments(
            account: Self.account, region: Self.region,
            [model: ScopedModel(scope: .global, model: Self.sonnet)])
    }

    /// The received samples of the pool by the offset of their minute.
    func receivedOfPool(_ name: String, _ quota: String? = nil) -> [Int: Double] {
        let labels = [
            "account": Self.account, "model": Self.sonnet, "quota": quota, "region": Self.region,
            "scope": "global",
        ].compactMapValues { $0 }.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
        let samples = receiver.samples["\(name){\(labels.joined(separator: ","))}"] ?? []
        let pairs = samples.map { sample in
            (Int(sample.milliseconds / 1000 - Int64(Self.begin.epochSeconds)) / 60 - 1, sample.value)
        }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }

    /// `now` becomes the minute with this offset.
    func turn(to offset: Int) { time.advance(Double(Self.at(offset).epochSeconds) - time.clock.now()) }

    /// The received samples of a series of the model ID, as (offset of its minute, value).
    func received(_ name: String, model: String = RemoteWriteBench.model) -> [[Double]] {
        let key = "\(name){account=\"\(Self.account)\",model_id=\"\(model)\",region=\"\(Self.region)\"}"
        return (receiver.samples[key] ?? []).map { sample in
            [Double(sample.milliseconds / 1000 - Int64(Self.begin.epochSeconds)) / 60 - 1, sample.value]
        }
    }

    /// What must have been received of these minutes.
    static func expected(_ offsets: some Sequence<Int>, times factor: Int = 1) -> [[Double]] {
        offsets.map { [Double($0), Double(factor * $0)] }
    }
}
