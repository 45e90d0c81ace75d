import Glibc

/// A folder for a store that is not kept.
final class TemporaryFolder: Sendable {
    let path: String

    var storePath: String { "\(path)/usage.db" }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/bedrock-quota-exporter-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                description: "cannot create a folder in \(base): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink(storePath + suffix) }
        rmdir(path)
    }
}
