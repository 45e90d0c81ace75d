import Glibc
import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Damaged files")
struct DamageTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private func refusal(_ path: String) async throws -> StoreError {
        try await storeError { _ = try UsageStore.open(path: path) }
    }

    /// Opens and uses a file that may be damaged: any answer will do, a trap would end the run.
    private func useDamaged(_ bytes: [UInt8]) async {
        writeBytes(bytes, to: folder.database)
        do {
            let store = try UsageStore.open(path: folder.database)
            _ = try await store.totals(account: account, region: region)
            _ = try await store.coverage(account: account, region: region)
            _ = try await store.window(account: account, region: region, span(-9, 900))
            _ = try await store.quotas(account: account, region: region)
            try await store.record(poll([(0, usage(1)), (450, usage(9, input: 5))], covered: [span(0, 600)]))
            for step in [nil, 15, 60, 1_440] {
                let reader = try UsageReader.open(path: folder.database)
                try await reader.rows(UsageQuery(range: span(-100, 1_500), stepMinutes: step)) { _ in }
            }
            _ = try await store.deleteMinutes(before: minute(120), atMost: 5)
            _ = try await store.rollStep(atMost: 5)
            try await store.close()
        } catch {
            #expect((error as? StoreError)?.path.hasSuffix("usage.db") == true, "\(error)")
        }
        for suffix in ["-wal", "-shm", "-journal"] { unlink(folder.database + suffix) }
    }

    @Test("Garbage is no database and stays as it is")
    func garbage() async throws {
        let bytes =
            Array("this is not a database, it is a diary; ".utf8) + [UInt8](repeating: 65, count: 9_000)
        writeBytes(bytes, to: folder.database)
        let error = try await refusal(folder.database)
        #expect(error.isDamaged)
        #expect(
            "\(error)"
                == "cannot open the store (\(folder.database)): file is not a database (SQLite code 26); "
                + "the command recover tells what can be had in its place")
        #expect(readBytes(folder.database) == bytes)
    }

    @Test("A damaged page is found at the opening")
    func corruptPage() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll((0..<1_000).map { ($0, usage(Double($0))) }))
        try await store.close()
        var bytes = readBytes(folder.database)
        #expect(bytes.count > 16 * 4_096)
        for index in (bytes.count - 3 * 4_096)..<(bytes.count - 2 * 4_096) { bytes[index] = 0x5a }
        writeBytes(bytes, to: folder.database)
        let error = try await refusal(folder.database)
        #expect(error.cause == .damaged)
        #expect(error.isDamaged)
        #expect(readBytes(folder.database) == bytes)
    }

    @Test("A file cut short at any page is refused or opened whole, never half")
    func truncated() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll((0..<500).map { ($0, usage(1)) }))
        try await store.close()
        let bytes = readBytes(folder.database)
        for end in stride(from: 100, to: bytes.count, by: 2_048) {
            writeBytes(Array(bytes[..<end]), to: folder.database)
            let error = try await refusal(folder.database)
            #expect(error.isDamaged, "cut at \(end): \(error)")
        }
        writeBytes(bytes, to: folder.database)
        #expect(try await UsageStore.open(path: folder.database).integrity() == ["ok"])
    }

    @Test("A changed byte anywhere in the header or schema never crashes the store")
    func mutatedHeader() async throws {
        try await UsageStore.open(path: folder.database).close()
        let bytes = readBytes(folder.database)
        // The file's header, then the first page's own, and its cells at its end: what is between is not in use.
        let cells = Int(bytes[103]) << 8 | Int(bytes[104])
        let content = Int(bytes[105]) << 8 | Int(bytes[106])
        #expect(bytes[100] == 5 && content > 4_000, "the list of tables has pages of its own")
        var places = Array(stride(from: 0, to: 112 + 2 * cells, by: 3)) + Array(content..<4_096)
        for page in try schemaPages() {
            places += stride(from: page * 4_096, to: (page + 1) * 4_096, by: 151)
        }
        #expect(places.count > 100)
        for index in places {
            var changed = bytes
            changed[index] ^= 0xff
            await useDamaged(changed)
        }
    }

    /// The pages that the list of tables has behind the first.
    private func schemaPages() throws -> [Int] {
        let database = try Database(path: folder.database, access: .readOnly)
        var pages: [Int] = []
        let sql = "SELECT pageno - 1 FROM dbstat WHERE name = 'sqlite_schema' AND pageno > 1"
        try database.query(sql) { pages.append($0.integer(0)) }
        return pages
    }

    @Test("Changed bytes in the data never crash the store", arguments: 1...UInt64(4))
    func mutatedData(seed: UInt64) async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll((0..<500).map { ($0, usage(1, input: 70_000)) }))
        let quota = Quota(kind: .tokensPerMinute, limit: 9, source: .applied, code: "L-1")
        try await store.recordQuotas(
            account: account, region: region, [PoolQuota(scope: .global, model: "m", quota: quota)], at: 1)
        try await store.recordAssignments(
            account: account, region: region, [sonnet: ScopedModel(scope: .global, model: "m")])
        while try await store.rollStep(atMost: 100) > 0 {}
        try await store.close()
        let bytes = readBytes(folder.database)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<25 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                changed[Int.random(in: 4_096..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            await useDamaged(changed)
        }
    }

    @Test("Times and counts that no version wrote are read without a trap")
    func editedValues() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(0, usage(1)), (3, usage(1))], covered: [span(0, 1), span(5, 6)]))
        _ = try await store.rows(
            "UPDATE coverage SET start = \(Int.min) WHERE start = \(minute(0).epochSeconds)")
        _ = try await store.rows("UPDATE coverage SET \"end\" = \(Int.max) WHERE start > 0")
        _ = try await store.rows("UPDATE minutes SET invocations = -9223372036854775808, input_tokens = 'x'")
        _ = try await store.rows("UPDATE totals SET exposed = 9e300")
        _ = try await store.coverage(account: account, region: region)
        _ = try await store.totals(account: account, region: region)
        try await store.record(poll([(0, usage(5))], covered: [span(0, 9)]))
        _ = try await store.rows("UPDATE series SET retained_from = \(Int.max)")
        #expect(try await store.record(poll([(0, usage(6))])).refusedMinutes == 1)
        _ = try await store.rows("UPDATE series SET retained_from = \(Int.min)")
        #expect(try await store.record(poll([(0, usage(6))])).changedMinutes == 1)
    }

    @Test("A file that cannot be written is refused as read-only")
    func readOnly() async throws {
        try await UsageStore.open(path: folder.database).close()
        let database = try Database(path: folder.database, access: .readOnly)
        let error = try await storeError { try database.prepareStore(migrations: Schema.migrations) }
        #expect(error.cause == .readOnly)
        #expect(error.reason == "the file or its file system is read-only")
    }
}
