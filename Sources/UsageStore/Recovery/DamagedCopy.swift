import Glibc
import SQLite

/// A copy of a damaged store with its log written back into it: what a recovery reads, so that the store stays as it is.
struct DamagedCopy {
    let database: Database
    /// Transactions of the log lie behind a place that cannot be read.
    let isLogDamaged: Bool

    /// - Parameter path: Where the copy is to lie, which is the caller's to remove.
    init(of source: String, at path: String) throws(StoreError) {
        for suffix in ["", "-wal"] where StoreFile.size(source + suffix) > 0 {
            try StoreFile.copy(source + suffix, to: path + suffix, fillsUnreadable: true)
        }
        let log = LogFrames(path + "-wal")
        database = try Database(path: path, access: .readWrite)
        do {
            for setting in ["mmap_size = 0", "trusted_schema = off", "cell_size_check = on"] {
                try database.run("PRAGMA \(setting)")
            }
            let taken = try database.first("PRAGMA wal_checkpoint(PASSIVE)") { $0.integer(1) } ?? 0
            isLogDamaged = log.isDamaged(taken: max(0, taken))
        } catch {
            throw Self.unreadable(source, error)
        }
    }

    /// Throws when the store is another program's or of a version that cannot be recovered.
    func check(_ source: String) throws(StoreError) {
        var names: Set<String> = []
        do {
            try database.query("SELECT name FROM sqlite_schema WHERE type = 'table'") { row in
                names.insert(row.text(0))
            }
        } catch {
            throw Self.unreadable(source, error)
        }
        guard !names.isDisjoint(with: ["series", "minutes", "coverage", "migrations"]) else {
            throw StoreError(
                cause: .foreignFile, attempt: StoreRecovery.attempt, path: source,
                reason: "the file is a database of another program")
        }
        do {
            try database.checkVersion(try version(), newest: Schema.newestVersion)
        } catch {
            // The path of the copy helps nobody.
            throw StoreError(
                cause: error.cause, attempt: StoreRecovery.attempt, path: source, reason: error.reason)
        }
    }

    /// A single byte of the header is no proof: where the list of migrations can be read, it tells.
    private func version() throws(StoreError) -> Int {
        do {
            let listed = try database.first("SELECT max(version) FROM migrations") { $0.optionalInteger(0) }
            if let listed = listed ?? nil { return listed }
        } catch {
            guard error.isDamaged || error.isOutOfMemory else { throw error }
        }
        return try Migration.version(of: database)
    }

    private static func unreadable(_ source: String, _ error: StoreError) -> StoreError {
        guard error.isDamaged || error.isOutOfMemory else { return error }
        return StoreError(
            cause: .damaged, attempt: StoreRecovery.attempt, path: source,
            reason: "its list of tables cannot be read: \(error.reason)")
    }
}

/// How far the frames of a write-ahead log go (https://www.sqlite.org/fileformat2.html#walformat).
private struct LogFrames {
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    private var count = 0
    /// The number of the last frame that ends a transaction of the log's own round, from 1 on; frames of earlier rounds
    /// have other salts.
    private var lastCommit = 0

    init(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        func read(_ offset: Int, _ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            return pread(descriptor, &bytes, count, off_t(offset)) == count ? bytes : nil
        }
        guard let header = read(0, Self.headerBytes) else { return }
        let frameBytes = Self.frameHeaderBytes + StoreLimits.pageBytes
        while (Self.headerBytes + (count + 1) * frameBytes) <= StoreFile.size(path),
            let frame = read(Self.headerBytes + count * frameBytes, Self.frameHeaderBytes)
        {
            count += 1
            let endsTransaction = frame[4..<8].contains { $0 != 0 }
            if endsTransaction, frame[8..<16] == header[16..<24] { lastCommit = count }
        }
    }

    /// - Parameter taken: How many frames SQLite has read.
    func isDamaged(taken: Int) -> Bool { taken < lastCommit || taken == 0 && count > 0 }
}
