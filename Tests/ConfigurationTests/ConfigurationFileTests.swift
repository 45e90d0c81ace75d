import FoundationEssentials
import Testing

@testable import Configuration

@Suite("Configuration file")
struct ConfigurationFileTests {
    /// A path that no other test uses, in the folder for temporary files.
    private let path = FileManager.default.temporaryDirectory.path + "/configuration-\(UUID().uuidString).yml"

    private func load(_ bytes: [UInt8]) throws -> Configuration {
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Configuration.loadFile(path: path)
    }

    @Test("A file is read")
    func reads() throws {
        #expect(try load(Array("storage: { path: x.db }".utf8)).storage.path == "x.db")
        #expect(try load([]) == Configuration.defaults)
    }

    @Test("A missing file and a folder are refused with the system's reason")
    func unreadable() {
        let missing = #expect(throws: ConfigurationError.self) { try Configuration.loadFile(path: path) }
        #expect(
            missing?.description
                == "\(path): the configuration file cannot be opened: No such file or directory")
        let folder = #expect(throws: ConfigurationError.self) { try Configuration.loadFile(path: "/") }
        #expect(folder?.description == "/: the configuration file cannot be read: Is a directory")
    }

    @Test("A file as large as allowed is read, one byte more is refused")
    func tooLarge() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: ConfigurationLimits.fileBytes)
        #expect(try load(bytes) == Configuration.defaults)
        let error = #expect(throws: ConfigurationError.self) { try load(bytes + bytes) }
        #expect(error?.description == "\(path): is larger than 1048576 bytes, the largest file allowed")
    }
}
