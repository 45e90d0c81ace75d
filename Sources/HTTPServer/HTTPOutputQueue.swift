/// Bytes on their way to a socket, as shared arrays: a body that many responses send is never copied.
struct HTTPOutputQueue {
    private var segments: [[UInt8]] = []
    /// Bytes of the first segment that are sent.
    private var offset = 0

    /// True when the socket has taken everything.
    var isEmpty: Bool { segments.isEmpty }

    /// Adds bytes behind those that wait; empty ones are left out.
    mutating func append(_ bytes: [UInt8]) {
        if !bytes.isEmpty { segments.append(bytes) }
    }

    /// Writes once; nil when nothing waits.
    mutating func writeOnce(to socket: Socket) -> Socket.WriteResult? {
        guard let first = segments.first else { return nil }
        let result = socket.write(
            first, from: offset, limit: HTTPServerLimits.writeBytes, more: segments.count > 1)
        if case .bytes(let count) = result {
            offset += count
            if offset == first.count {
                segments.removeFirst()
                offset = 0
            }
        }
        return result
    }

    /// Drops what waits.
    mutating func removeAll() {
        segments = []
        offset = 0
    }
}
