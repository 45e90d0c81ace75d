import Dispatch
import Glibc

/// Whatever makes `watch` draw or end, in one stream: keys, signals, the clock, readings.
final class WatchEvents {
    enum Event: Sendable {
        case bytes([UInt8])
        /// Time enough has passed for what follows an ESC.
        case flush
        case resized
        case suspend
        case resumed
        case stop
        case tick
        case reading(Result<WatchReading, WatchClient.Failure>)
    }

    typealias Read = @Sendable () async -> Result<WatchReading, WatchClient.Failure>

    /// A terminal's escape sequence is shorter; a paste comes in portions.
    private static let readBytes = 256
    private static let waiting = 64
    private static let signals: [(Int32, Event)] = [
        (SIGINT, .stop), (SIGTERM, .stop), (SIGHUP, .stop), (SIGTSTP, .suspend), (SIGCONT, .resumed),
        (SIGWINCH, .resized),
    ]

    let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let queue = DispatchQueue(label: "watch")
    private var sources: [any DispatchSourceProtocol] = []
    private var tasks: [Task<Void, Never>] = []

    /// - Parameters:
    ///   - keys: Whether standard input is a terminal to be read.
    ///   - refreshSeconds: From the end of one reading to the beginning of the next.
    init(
        keys: Bool, refreshSeconds: Double, read: @escaping Read
    ) {
        (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.waiting))
        listenToSignals(all: keys)
        if keys { listenToKeys() }
        tasks.append(Self.readings(into: continuation, every: refreshSeconds, read))
        if keys { tasks.append(Self.ticks(into: continuation)) }
    }

    private static func readings(
        into events: AsyncStream<Event>.Continuation, every seconds: Double, _ read: @escaping Read
    ) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                events.yield(.reading(await read()))
                await sleep(seconds)
            }
        }
    }

    private static func ticks(into events: AsyncStream<Event>.Continuation) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                await sleep(1)
                events.yield(.tick)
            }
        }
    }

    deinit {
        tasks.forEach { $0.cancel() }
        sources.forEach { $0.cancel() }
        continuation.finish()
    }

    /// Sends `.flush` when an ESC has had time to become a sequence.
    func flushSoon() {
        let continuation = continuation
        queue.asyncAfter(deadline: .now() + .milliseconds(50)) { continuation.yield(.flush) }
    }

    /// - Parameter all: Also those that only matter to a screen.
    private func listenToSignals(all: Bool) {
        for (number, event) in Self.signals {
            if !all, case .stop = event {} else if !all { continue }
            // The default action would end or stop the process before the source is told.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [continuation] in continuation.yield(event) }
            source.resume()
            sources.append(source)
        }
    }

    private func listenToKeys() {
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
        source.setEventHandler { [continuation] in
            var buffer = [UInt8](repeating: 0, count: Self.readBytes)
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count > 0 {
                continuation.yield(.bytes(Array(buffer[..<count])))
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                // The terminal has gone; nobody watches any more.
                source.cancel()
                continuation.yield(.stop)
            }
        }
        source.resume()
        sources.append(source)
    }

    private static func sleep(_ seconds: Double) async {
        do {
            try await Task.sleep(for: .seconds(seconds))
        } catch {
            // Only cancellation ends a sleep, and the loops look for that.
        }
    }
}
