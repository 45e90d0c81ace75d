/// Files that hold one secret, read anew for each use.
package enum SecretFile {
    /// Longer files are refused.
    private static let maximumBytes = 64 << 10

    /// Why there is no secret; names the file, never what it holds.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The file's text without line ends and blanks around it.
    package static func text(_ path: String, _ readFile: BoundedFile.Reader) throws(Failure) -> String {
        let bytes: [UInt8]?
        do {
            bytes = try readFile(path, maximumBytes)
        } catch {
            throw Failure(description: "\(error)")
        }
        guard let bytes else { throw Failure(description: "\(path): no such file") }
        let blanks = Array(" \t\r\n".utf8)
        let text = bytes.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        guard !text.isEmpty, text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Failure(description: "\(path): the file must hold one line of text")
        }
        let secret = String(decoding: text, as: UTF8.self)
        Redactor.process.hold([secret])
        return secret
    }
}
