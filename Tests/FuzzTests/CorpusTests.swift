import Foundation
import FuzzTargets
import Testing

/// The inputs that `make fuzz` found worth keeping, one by one.
@Suite("Corpora of fuzzing")
struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Corpus")

    @Test("every input is read or refused as it has to be", arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let folder = Self.folder.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 5, "a corpus of \(target.rawValue)")
        for file in files.sorted(by: { $0.path < $1.path }) {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.run(bytes) }
            // Cut short it is no worse.
            for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 50)) {
                #expect(throws: Never.self, "\(file.lastPathComponent), \(count) bytes") {
                    try target.run(Array(bytes.prefix(count)))
                }
            }
        }
    }
}
