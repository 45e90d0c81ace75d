import Glibc

/// A folder of its own for a test's files, removed with it; in memory where the machine allows.
package final class TestFolder: Sendable {
    package let path: String

    private struct Failure: Error {
        let errno: Int32
    }

    package init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/quota-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in Self.names(in: path) {
            let child = path + "/" + name
            for inner in Self.names(in: child) { unlink(child + "/" + inner) }
            if unlink(child) != 0 { rmdir(child) }
        }
        rmdir(path)
    }

    /// Where a store may be.
    package var database: String { path + "/usage.db" }

    /// What lies in a folder, hidden files included; empty when it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
