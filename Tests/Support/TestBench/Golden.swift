import FoundationEssentials
import Testing

/// A file of the folder `Golden` beside the test; written anew when the environment says `REWRITE_GOLDEN=1`.
package enum Golden {
    package static func check(_ name: String, _ bytes: [UInt8], test: String = #filePath) throws {
        let folder = "/" + test.split(separator: "/").dropLast().joined(separator: "/") + "/Golden"
        let path = "\(folder)/\(name)"
        if ProcessInfo.processInfo.environment["REWRITE_GOLDEN"] == "1" {
            #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
            return
        }
        let expected = try #require(FileManager.default.contents(atPath: path), "no golden file \(name)")
        #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
    }
}
