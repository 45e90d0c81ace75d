import Foundation
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

/// A store of a few megabytes, of which a share of the pages is overwritten at random; `make crash` takes 64.
@Suite("Lost pages", .serialized)
struct PageLossTests {
    private static let bench = Task { try await PageLossBench() }

    @Test(
        "Either nine minutes in ten are kept or the backup is whole; what is kept equals the original row by row, what is lost is unknown",
        arguments: [1, 5, 20], 1...UInt64(2))
    func overwritten(percent: Int, seed: UInt64) async throws {
        let bench = try await Self.bench.value
        bench.damage(percent: percent, seed: seed)
        let before = readBytes(bench.damaged)
        var share = 0.0
        do {
            let outcome = try StoreRecovery(path: bench.damaged, now: bench.now).salvage()
            #expect(readBytes(try #require(outcome.damagedPath)) == before)
            share =
                Double(try bench.count("SELECT count(*) FROM main.minutes"))
                / Double(try bench.count("SELECT count(*) FROM old.minutes"))
            // A series that its index alone still knew has its name, and of its other columns what can be told again.
            for (table, columns) in [
                ("minutes", "*"), ("series", "id, account, region, model_id"), ("discovered_metrics", "*"),
            ] {
                let (kept, all) = (
                    "SELECT \(columns) FROM main.\(table)", "SELECT \(columns) FROM old.\(table)"
                )
                #expect(try bench.count("SELECT count(*) FROM (\(kept) EXCEPT \(all))") == 0, "\(table)")
            }
            let claimed = """
                SELECT count(*) FROM (
                    SELECT series_id, minute FROM old.minutes EXCEPT SELECT series_id, minute FROM main.minutes) AS lost
                JOIN main.coverage AS c ON c.series_id = lost.series_id AND minute >= start AND minute < "end"
                """
            #expect(try bench.count(claimed) == 0, "lost minutes are taken for no traffic")
        } catch let error as StoreError {
            #expect(error.isDamaged, "\(error)")
        }
        print(
            "\(bench.megabytes) MB, \(percent) % of the pages lost, seed \(seed): \(share * 100) % of the minutes kept"
        )
        guard share < 0.9 else { return }
        bench.damage(percent: percent, seed: seed)
        let backup = try #require(bench.backups.newestWhole())
        _ = try StoreRecovery(path: bench.damaged, now: bench.now).restore(backup)
        #expect(
            try bench.count(
                "SELECT count(*) FROM (SELECT * FROM old.minutes EXCEPT SELECT * FROM main.minutes)") == 0)
    }
}

/// A store, a backup of it, and a place for damaged copies.
private final class PageLossBench: Sendable {
    private static let seriesCount = 20

    let backups: BackupFolder
    let now: Int
    var damaged: String { folder.path + "/damaged.db" }
    var megabytes: Int { bytes.count >> 20 }

    private let folder: TestFolder
    private let bytes: [UInt8]

    init() async throws {
        let wanted = ProcessInfo.processInfo.environment["BQE_RECOVERY_MEGABYTES"].flatMap { Int($0) } ?? 3
        folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        var minutes = 0
        while store.sizeBytes() < wanted << 20 {
            let part = minutes..<(minutes + 720)
            try await store.record(
                PollRecord(
                    account: account, region: region, recordedAt: minute(part.upperBound).epochSeconds,
                    series: (0..<Self.seriesCount).map { Self.record($0, part) }))
            minutes = part.upperBound
        }
        while try await store.rollStep(atMost: 1_000) > 0 {}
        try await store.close()
        bytes = readBytes(folder.database)
        now = minute(minutes).epochSeconds
        backups = BackupFolder(path: folder.path + "/backups", storePath: folder.path + "/damaged.db")
        try backups.make()
        try await BackupFile.make(of: folder.database, at: backups.path(at: now))
    }

    private static func record(_ series: Int, _ part: Range<Int>) -> SeriesRecord {
        var random = SeededGenerator(seed: UInt64(series * 1_000_003 + part.lowerBound))
        let minutes = part.filter { $0 % 9 != series % 9 }.map { offset in
            var usage = UsageMinute()
            for metric in UsageMetric.allCases { usage[metric] = Double(random.next() & 0xf_ffff) }
            return RecordedMinute(minute: minute(offset), usage: usage)
        }
        return SeriesRecord(
            modelID: "global.m\(series)", minutes: minutes, covered: [span(part.lowerBound, part.upperBound)])
    }

    /// Puts a copy in place of which a share of the pages is random bytes.
    func damage(percent: Int, seed: UInt64) {
        for name in TestFolder.names(in: folder.path) where name.hasPrefix("damaged.db") {
            unlink(folder.path + "/" + name)
        }
        var random = SeededGenerator(seed: seed &* 7_919 &+ UInt64(percent))
        var damage = bytes
        let pages = bytes.count / StoreLimits.pageBytes
        for page in (0..<pages).shuffled(using: &random).prefix(max(1, pages * percent / 100)) {
            for word in 0..<(StoreLimits.pageBytes / 8) {
                let start = page * StoreLimits.pageBytes + word * 8
                withUnsafeBytes(of: random.next()) { damage.replaceSubrange(start..<(start + 8), with: $0) }
            }
        }
        writeBytes(damage, to: damaged)
    }

    /// A number asked of what is in place now, `main`, and of the original, `old`.
    func count(_ sql: String) throws -> Int {
        let database = try Database(path: damaged, access: .readWrite)
        try database.run("ATTACH ?1 AS old", [.text(folder.database)])
        return try database.first(sql) { $0.integer(0) } ?? 0
    }
}
