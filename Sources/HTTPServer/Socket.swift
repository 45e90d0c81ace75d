import Glibc

/// Owner of one descriptor; closes it when the last reference goes.
final class Socket: Sendable {
    /// Valid as long as this object lives.
    let descriptor: Int32

    /// Takes over an open descriptor.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// What one non-blocking read brought.
    enum ReadResult: Equatable {
        case bytes(Int)
        case wouldBlock
        /// The peer will send no more.
        case end
        case failed(errno: Int32)
    }

    /// What one non-blocking write did.
    enum WriteResult: Equatable {
        case bytes(Int)
        case wouldBlock
        case failed(errno: Int32)
    }

    /// Reads what is there, at most the buffer's size.
    func read(into buffer: inout [UInt8]) -> ReadResult {
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            default: return .failed(errno: errno)
            }
        }
    }

    /// Writes from the offset on, at most `limit` bytes; `more` holds a short packet back for what follows.
    func write(_ bytes: [UInt8], from offset: Int, limit: Int, more: Bool) -> WriteResult {
        // MSG_NOSIGNAL: a vanished client is an error here, never a SIGPIPE for the process.
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        while true {
            let count = bytes.withUnsafeBytes { all in
                let part = UnsafeRawBufferPointer(rebasing: all[offset..<min(all.count, offset + limit)])
                return send(descriptor, part.baseAddress, part.count, flags)
            }
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            default: return .failed(errno: errno)
            }
        }
    }

    /// Tells the peer that nothing more comes, and keeps reading possible.
    func shutdownWrite() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Gives a listening socket's port back at once, whoever still holds the descriptor (Linux, `tcp_disconnect`).
    func stopListening() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Makes the coming close a reset: unsent data is dropped and the peer learns that something is missing.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Non-blocking and closed on exec; false when the system refused.
    static func configure(_ descriptor: Int32) -> Bool {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) != -1 && fcntl(descriptor, F_SETFL, O_NONBLOCK) != -1
    }

    /// Sets an integer option to 1 or 0.
    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }
}

/// Small helpers around system calls.
enum SystemCall {
    /// The system's text for an errno value, safe to call from any thread.
    static func message(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The XSI form of strerror_r fills the buffer and returns 0; it truncates rather than overruns.
        _ = strerror_r(code, &buffer, buffer.count)
        let text = text(buffer)
        return text.isEmpty ? "error \(code)" : text
    }

    /// What stands before the zero in a buffer that the system has filled.
    static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
