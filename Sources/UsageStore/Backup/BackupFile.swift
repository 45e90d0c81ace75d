import Glibc
import SQLite

/// Copies a store into a new file while it is used: of one moment, a piece at a time, so that the disk stays free for others.
package actor BackupFile {
    /// Pages of one piece: a mebibyte.
    package static let pagesPerPiece = 256
    private static let attempt = "back up the store"

    private let executor = SerialQueueExecutor(label: "backup")

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let pagesPerPiece: Int

    private init(_ pagesPerPiece: Int) {
        self.pagesPerPiece = pagesPerPiece
    }

    /// Makes a backup, which gets its name when it is whole and found good; a file of that name is never touched.
    ///
    /// - Parameters:
    ///   - pause: Waits between two pieces.
    /// - Throws: `StoreError`, or `CancellationError` when the task was cancelled; then nothing is left behind.
    package static func make(
        of store: String, at path: String, pagesPerPiece: Int = BackupFile.pagesPerPiece,
        pause: @Sendable () async throws -> Void = {}
    ) async throws {
        try await BackupFile(pagesPerPiece).make(of: store, at: path, pause)
    }

    /// Throws unless a file is a whole store of this version that nobody writes.
    package static func check(_ path: String) throws(StoreError) {
        let database = try Database.openUnwritten(path)
        database.stopsWithTask()
        let answer = try database.pragma("quick_check(1)")
        guard answer == "ok" else {
            throw StoreError(
                cause: .damaged, attempt: attempt, path: path,
                reason: "the copy is not whole: \(answer ?? "no answer")")
        }
    }

    private func make(
        of store: String, at path: String, _ pause: @Sendable () async throws -> Void
    ) async throws {
        let target = try StoreFile.resolve(path)
        let unfinished = target + ".unfinished"
        defer { Self.remove(unfinished) }
        do {
            guard access(target, F_OK) != 0 else { throw Self.failure(path, EEXIST) }
            Self.remove(unfinished)
            try await copy(try StoreFile.resolveExisting(store), to: unfinished, pause)
            try Self.check(unfinished)
            // Fails when the name has been taken meanwhile.
            guard link(unfinished, target) == 0 else { throw Self.failure(path, errno) }
        } catch let error as StoreError {
            try Task.checkCancellation()
            throw error.during(Self.attempt)
        }
    }

    private func copy(
        _ store: String, to path: String, _ pause: @Sendable () async throws -> Void
    ) async throws {
        let source = try Database.openReader(store)
        // One moment of the store, whatever is written meanwhile.
        try source.run("BEGIN")
        defer { source.endReading() }
        _ = try source.pragma("schema_version")
        try StoreFile.createIfMissing(path)
        let target = try Database(path: path, access: .readWrite)
        let copying = try OnlineBackup(from: source, to: target)
        while try copying.step(pages: pagesPerPiece) { try await pause() }
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    private static func failure(_ path: String, _ code: Int32) -> StoreError {
        let reason = code == EEXIST ? "the file exists already" : String(cString: strerror(code))
        return StoreError(cause: .system(errno: code), attempt: attempt, path: path, reason: reason)
    }
}
