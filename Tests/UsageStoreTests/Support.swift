import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

func readBytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
}

func writeBytes(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { return }
    defer { fclose(file) }
    fwrite(bytes, 1, bytes.count, file)
}

/// The error of a call that must fail.
func storeError(_ body: () async throws -> Void) async throws -> StoreError {
    do {
        try await body()
    } catch let error as StoreError {
        return error
    }
    throw Missing.error
}

enum Missing: Error { case error }

/// A small random generator, so that a failing run can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

let account = "prod"
let region = "ap-southeast-1"
let sonnet = "global.anthropic.claude-sonnet-4-6"
/// 2026-03-01T00:00:00Z.
let start = Minute(containingEpochSeconds: 1_772_323_200)

func minute(_ offset: Int) -> Minute { start.advanced(by: offset) }

/// Minutes of the test's time, counted from its start.
func span(_ first: Int, _ end: Int) -> Range<Minute> { minute(first)..<minute(end) }

func usage(
    _ invocations: Double? = nil, input: Double? = nil, output: Double? = nil, latency: Double? = nil
) -> UsageMinute {
    var usage = UsageMinute()
    usage.invocations = invocations
    usage.inputTokens = input
    usage.outputTokens = output
    usage.latencyMilliseconds = latency
    return usage
}

/// A poll of one model ID, covering exactly the span of its minutes unless told otherwise.
func poll(
    _ modelID: String, _ minutes: [(Int, UsageMinute)], covered: [Range<Minute>]? = nil,
    counts: Bool = true
) -> PollRecord {
    let offsets = minutes.map(\.0)
    let whole = offsets.isEmpty ? [] : [span(offsets.min() ?? 0, (offsets.max() ?? 0) + 1)]
    return PollRecord(
        account: account, region: region, recordedAt: start.epochSeconds + 3_600,
        series: [
            SeriesRecord(
                modelID: modelID,
                minutes: minutes.map { RecordedMinute(minute: minute($0.0), usage: $0.1) },
                covered: covered ?? whole)
        ], countsTowardTotals: counts)
}

func poll(
    _ minutes: [(Int, UsageMinute)], covered: [Range<Minute>]? = nil, counts: Bool = true
) -> PollRecord {
    poll(sonnet, minutes, covered: covered, counts: counts)
}

extension UsageStore {
    /// Runs SQL on the store's own connection and returns each row's columns as text, joined by "|".
    func rows(_ sql: String) throws(StoreError) -> [String] {
        try use("test") { (database) throws(StoreError) in
            var rows: [String] = []
            try database.query(sql) { (row) throws(StoreError) in
                rows.append(
                    (0..<row.columnCount).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(
                        separator: "|"))
            }
            return rows
        }
    }

    func totalChanges() throws(StoreError) -> Int {
        try use("test") { (database) throws(StoreError) in database.totalChanges }
    }

    /// Makes steps fail, or watches them.
    func setStepFault(_ fault: (@Sendable (String) -> Int32?)?) throws(StoreError) {
        try use("test") { (database) throws(StoreError) in database.stepFault = fault }
    }

    func integrity() throws(StoreError) -> [String] { try rows("PRAGMA integrity_check") }
}
