import Foundation
import QuotaModel
import TestBench
import Testing

@testable import UsageStore

/// A store of which a share of the pages is overwritten at random, once with a few megabytes; `make crash` takes 64.
@Suite("Lost pages", .serialized)
struct PageLossTests {
    private static let megabytes =
        ProcessInfo.processInfo.environment["BQE_RECOVERY_MEGABYTES"].flatMap { Int($0) } ?? 3
    private static let seriesCount = 20

    private let folder: TestFolder
    private let bytes: [UInt8]
    private let backups: BackupFolder
    private let now: Int

    /// A store of that size, and a backup of it.
    init() async throws {
        folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        var minutes = 0
        while store.sizeBytes() < Self.megabytes << 20 {
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
            for metric in UsageMetric.allCases {
                usage[metric] = Double(Int.random(in: 0..<1 << 20, using: &random))
            }
            return RecordedMinute(minute: minute(offset), usage: usage)
        }
        return SeriesRecord(
            modelID: "global.m\(series)", minutes: minutes, covered: [span(part.lowerBound, part.upperBound)])
    }

    private func count(_ sql: String, damaged path: String) throws -> Int {
        let database = try Database(path: path, access: .readWrite)
        try database.run("ATTACH ?1 AS old", [.text(folder.database)])
        return try database.first(sql) { $0.integer(0) } ?? 0
    }

    @Test(
        "Either nine minutes in ten are kept or the backup is whole; what is kept equals the original row by row, what is lost is unknown",
        arguments: [1, 5, 20], 1...UInt64(2))
    func overwritten(percent: Int, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed &* 7_919 &+ UInt64(percent))
        var damage = bytes
        let pages = bytes.count / StoreLimits.pageBytes
        for page in (0..<pages).shuffled(using: &random).prefix(max(1, pages * percent / 100)) {
            for index in 0..<StoreLimits.pageBytes {
                damage[page * StoreLimits.pageBytes + index] = UInt8.random(in: 0...255, using: &random)
            }
        }
        let path = folder.path + "/damaged.db"
        writeBytes(damage, to: path)
        var share = 0.0
        do {
            _ = try StoreRecovery(path: path, now: now).salvage()
            let all = try count("SELECT count(*) FROM old.minutes", damaged: path)
            share = Double(try count("SELECT count(*) FROM main.minutes", damaged: path)) / Double(all)
            for table in ["minutes", "series", "pools", "discovered_metrics", "migrations"]
            where table != "migrations" {
                let made =
                    "SELECT count(*) FROM (SELECT * FROM main.\(table) EXCEPT SELECT * FROM old.\(table))"
                #expect(try count(made, damaged: path) == 0, "\(table)")
            }
            let claimed = """
                SELECT count(*) FROM (SELECT series_id, minute FROM old.minutes EXCEPT SELECT series_id, minute FROM main.minutes)
                AS lost JOIN main.coverage AS c ON c.series_id = lost.series_id AND minute >= start AND minute < "end"
                """
            #expect(try count(claimed, damaged: path) == 0, "lost minutes are taken for no traffic")
        } catch let error as StoreError {
            #expect(error.isDamaged, "\(error)")
        }
        print(
            "\(bytes.count >> 20) MB, \(percent) % of the pages lost, seed \(seed): \(share * 100) % of the minutes kept"
        )
        guard share < 0.9 else { return }
        writeBytes(damage, to: path)
        let backup = try #require(backups.newestWhole())
        _ = try StoreRecovery(path: path, now: now + 1).restore(backup)
        #expect(
            try count(
                "SELECT count(*) FROM (SELECT * FROM old.minutes EXCEPT SELECT * FROM main.minutes)",
                damaged: path) == 0)
    }
}
