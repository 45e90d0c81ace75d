import Glibc

/// Small helpers around system calls.
enum SystemCall {
    /// The system's text for an errno value, safe to call from any thread.
    static func message(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The XSI form of strerror_r fills the buffer and returns 0; it truncates rather than overruns.
        _ = strerror_r(code, &buffer, buffer.count)
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return text.isEmpty ? "error \(code)" : String(decoding: text, as: UTF8.self)
    }
}
