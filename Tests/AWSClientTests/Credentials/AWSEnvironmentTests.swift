import FoundationEssentials
import Glibc
import Testing

@testable import AWSClient
@testable import System

@Suite("The machine's environment")
struct AWSEnvironmentTests {
    @Test("An empty variable counts as not set, a flag is true for true alone")
    func variables() {
        let environment = machine(["A": "", "T": "TRUE", "F": "1"])
        #expect(environment["A"] == nil)
        #expect(environment["B"] == nil)
        #expect(environment.flag("T") == true)
        #expect(environment.flag("F") == false)
        #expect(environment.flag("A") == nil)
    }

    @Test("The environment of this process has its variables and a home")
    func process() {
        let environment = AWSEnvironment.ofThisProcess()
        #expect(environment["PATH"] != nil)
        #expect(!environment.homeDirectory.hasSuffix("/"))
    }

    @Test("Files are read whole up to the bound; absent ones are nil, others errors with the path")
    func files() throws {
        let directory = try TemporaryFolder()
        let path = try directory.write("file", "12345")
        #expect(try BoundedFile.read(path, maximumBytes: 5) == Array("12345".utf8))
        #expect(try BoundedFile.read(directory.path + "/none", maximumBytes: 5) == nil)
        #expect(try BoundedFile.read(path + "/below", maximumBytes: 5) == nil)
        #expect(throws: FileError(path: path, reason: "it is longer than 4 bytes")) {
            try BoundedFile.read(path, maximumBytes: 4)
        }
        #expect(throws: FileError(path: directory.path, reason: "it is not a regular file")) {
            try BoundedFile.read(directory.path, maximumBytes: 4)
        }
        let fifo = directory.path + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(throws: FileError(path: fifo, reason: "it is not a regular file")) {
            try BoundedFile.read(fifo, maximumBytes: 4)
        }
    }
}

/// A directory of its own for one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/credentials-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // Nothing depends on the removal.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}
