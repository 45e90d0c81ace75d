import Glibc
import SQLite
import System

/// A copy of a store in a folder of backups, named by the store and the time at which it was begun.
package struct StoreBackup: Equatable, Sendable {
    package let path: String
    /// Unix seconds.
    package let madeAt: Int
}

/// The folder that holds the backups of one store.
package struct BackupFolder: Sendable {
    package let path: String
    private let prefix: String
    private static let suffix = ".db"

    /// - Parameter storePath: Of the store; backups have its name, so that several may share a folder.
    package init(path: String, storePath: String) {
        self.path = path
        let name = storePath.split(separator: "/").last.map(String.init) ?? storePath
        prefix = (name.hasSuffix(Self.suffix) ? String(name.dropLast(Self.suffix.count)) : name) + "-"
    }

    /// Where a backup that is begun at this time is to lie.
    package func path(at time: Int) -> String { "\(path)/\(prefix)\(FileTime.text(time))\(Self.suffix)" }

    /// The backups, newest first; none while the folder cannot be read.
    package func backups() -> [StoreBackup] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var backups: [StoreBackup] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(prefix), name.hasSuffix(Self.suffix),
                let time = FileTime.seconds(name.dropFirst(prefix.count).dropLast(Self.suffix.count))
            else { continue }
            backups.append(StoreBackup(path: "\(path)/\(name)", madeAt: time))
        }
        return backups.sorted { ($0.madeAt, $0.path) > ($1.madeAt, $1.path) }
    }

    /// The newest backup that is whole; nil when there is none.
    package func newestWhole() -> StoreBackup? {
        backups().first { backup in
            do {
                try BackupFile.check(backup.path)
                return true
            } catch {
                return false
            }
        }
    }

    /// Makes the folder if it is missing, for its owner alone.
    package func make() throws(StoreError) {
        _ = try StoreFile.resolve(path + "/" + prefix)
    }

    /// Deletes all but the newest ones.
    package func keep(newest count: Int) throws(StoreError) {
        for backup in backups().dropFirst(max(1, count)) {
            guard unlink(backup.path) != 0 else { continue }
            let code = errno
            throw StoreError(
                cause: .system(errno: code), attempt: "delete an old backup", path: backup.path,
                reason: String(cString: strerror(code)))
        }
    }
}

/// A time as a part of a file's name, such as `20261129T020700Z`.
enum FileTime {
    static func text(_ seconds: Int) -> String {
        CivilTime.basicText(seconds)
    }

    /// Nil for a text that is not exactly such a time.
    static func seconds(_ text: some StringProtocol) -> Int? {
        let digits = Array(text)
        guard digits.count == 16 else { return nil }
        func number(_ range: Range<Int>) -> Int { Int(String(digits[range])) ?? -1 }
        guard let days = CivilTime.days(year: number(0..<4), month: number(4..<6), day: number(6..<8)) else {
            return nil
        }
        let seconds = days * 86_400 + number(9..<11) * 3_600 + number(11..<13) * 60 + number(13..<15)
        return Self.text(seconds) == String(text) ? seconds : nil
    }
}

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
