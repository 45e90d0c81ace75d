import Foundation
import Testing

@testable import UsageStore

/// Migrations as they were released, from which end-to-end tests make stores of older versions.
@Suite("Released schemas")
struct ReleasedSchemaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "EndToEnd/support/migrations")

    /// A new version gets its file with `UPDATE_GOLDEN=1`; the file of an old one stays.
    @Test("What has been released is never edited", arguments: Schema.migrations.map(\.version))
    func unchanged(version: Int) throws {
        let migration = try #require(Schema.migrations.first { $0.version == version })
        let text = "-- \(migration.name)\n" + migration.statements.map { "\($0);\n" }.joined()
        let file = Self.folder.appending(path: "version-\(version).sql")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1",
            !FileManager.default.fileExists(atPath: file.path())
        {
            try Data(text.utf8).write(to: file)
        }
        let released = try #require(
            FileManager.default.contents(atPath: file.path()),
            "no \(file.lastPathComponent); UPDATE_GOLDEN=1 makes that of a new version")
        #expect(text == String(decoding: released, as: UTF8.self))
    }
}
