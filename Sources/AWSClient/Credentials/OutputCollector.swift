import Glibc

/// A pipe whose ends a started program does not inherit.
struct OutputPipe {
    let reading: Int32
    let writing: Int32

    /// Nil, with `errno` set, where there are no descriptors left.
    init?() {
        var descriptors: [Int32] = [-1, -1]
        guard pipe(&descriptors) == 0 else { return nil }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (descriptors[0], descriptors[1])
    }

    func closeReading() { close(reading) }
    func closeWriting() { close(writing) }
}

/// Reads two pipes until both are at their end.
struct OutputCollector {
    enum Result {
        case ended
        case timedOut
        case tooMuch
    }

    let output: Int32
    let errors: Int32
    let limit: Int
    /// Whether output beyond the limit is read and forgotten instead of ending the collection.
    let forgetsExcess: Bool
    private(set) var outputBytes: [UInt8] = []
    private(set) var errorTail: [UInt8] = []

    init(output: Int32, errors: Int32, limit: Int, forgetsExcess: Bool = false) {
        self.output = output
        self.errors = errors
        self.limit = limit
        self.forgetsExcess = forgetsExcess
    }

    mutating func collect(until deadline: ContinuousClock.Instant) -> Result {
        var waiting = [output, errors]
        while !waiting.isEmpty {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return .timedOut }
            var polled = waiting.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let milliseconds = min(left / .milliseconds(1), 60_000).rounded(.up)
            guard poll(&polled, nfds_t(polled.count), Int32(milliseconds)) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                if !read(entry.fd) { waiting.removeAll { $0 == entry.fd } }
                if outputBytes.count > limit { return .tooMuch }
            }
        }
        return .ended
    }

    /// False at the end of the pipe.
    private mutating func read(_ descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EINTR }
        guard count > 0 else { return false }
        if descriptor == output {
            outputBytes += buffer[..<count]
            if forgetsExcess { outputBytes.removeLast(max(0, outputBytes.count - limit)) }
        } else {
            errorTail = (errorTail + buffer[..<count]).suffix(CredentialsLimits.processErrorBytes)
        }
        return true
    }
}
