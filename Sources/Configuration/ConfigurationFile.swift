import Glibc

extension Configuration {
    /// Reads a configuration file, of which no more than `ConfigurationLimits.fileBytes` is taken.
    package static func loadFile(path: String) throws(ConfigurationError) -> Configuration {
        try load(bytes: try contents(path), file: path)
    }

    private static func contents(_ path: String) throws(ConfigurationError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opened", path, errno) }
        defer { close(descriptor) }
        // One byte more than is allowed tells a file that is too large from one that just fits.
        var bytes = [UInt8](repeating: 0, count: ConfigurationLimits.fileBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            if got == 0 { break }
            if got > 0 {
                count += got
            } else if errno != EINTR {
                throw failure("read", path, errno)
            }
        }
        return Array(bytes[..<count])
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> ConfigurationError {
        ConfigurationError(
            source: path, "the configuration file cannot be \(verb): \(String(cString: strerror(code)))")
    }
}
