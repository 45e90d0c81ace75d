import Glibc

/// A pipe whose ends a started program does not inherit.
package struct OutputPipe {
    package let reading: Int32
    package let writing: Int32

    /// Nil, with `errno` set, where there are no descriptors left.
    package init?() {
        var descriptors: [Int32] = [-1, -1]
        guard pipe(&descriptors) == 0 else { return nil }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (descriptors[0], descriptors[1])
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }

    package func closeReading() { close(reading) }
    package func closeWriting() { close(writing) }
}

/// Reads two pipes as far as there is something in them.
package struct OutputCollector {
    private let output: Int32?
    private let limit: Int
    package private(set) var outputBytes: [UInt8] = []
    package private(set) var errorTail: [UInt8] = []
    /// Pipes that are not at their end.
    private var open: [Int32]
    private var rounds = 0
    private var readBytes = 0

    /// How much of the end of standard error is kept.
    private static let errorTailBytes = 1024
    /// Of each pipe in one round; what Linux pipes hold.
    private static let roundBytes = 64 << 10
    /// What any pipe may hold (pipe(7), `pipe-max-size`).
    private static let largestPipeBytes = 1 << 20
    /// Rounds at the shorter pause, for programs that end soon.
    private static let eagerRounds = 100
    private static let pauseMilliseconds: (eager: Int32, patient: Int32) = (2, 20)

    /// - Parameter limit: Of the output, in bytes.
    package init(output: Int32?, errors: Int32, limit: Int) {
        self.output = output
        self.limit = limit
        open = [output, errors].compactMap { $0 }
    }

    package var isOverLimit: Bool { outputBytes.count > limit }

    /// Waits a short while for something to read, and reads it. One that says more than a pipe holds is read at a pace
    /// that costs nothing, and waits for it.
    package mutating func readSome() {
        rounds += 1
        let pause =
            rounds <= Self.eagerRounds ? Self.pauseMilliseconds.eager : Self.pauseMilliseconds.patient
        var polled = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, nfds_t(polled.count), pause) > 0 else { return }
        for entry in polled where entry.revents != 0 { read(entry.fd, atMost: Self.roundBytes) }
        if readBytes > Self.roundBytes { _ = poll(nil, 0, pause) }
    }

    /// Reads what is in the pipes, without waiting: a program that has exited says no more.
    package mutating func readRest() {
        for descriptor in open { read(descriptor, atMost: Self.largestPipeBytes) }
    }

    private mutating func read(_ descriptor: Int32, atMost maximum: Int) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var left = maximum
        while left > 0, !isOverLimit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return }
            guard count > 0 else { return open.removeAll { $0 == descriptor } }
            left -= count
            readBytes += count
            if descriptor == output {
                outputBytes += buffer[..<count]
            } else {
                errorTail = (errorTail + buffer[..<count]).suffix(Self.errorTailBytes)
            }
        }
    }
}
