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
        case reading(Result<WatchReading, any Error>)
    }

    /// A terminal's escape sequence is shorter; a paste comes in portions.
    private static let readBytes = 256
    private static let waiting = 64

    let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private var sources: [any DispatchSourceProtocol]
    private var tasks: [Task<Void, Never>]

    /// - Parameters:
    ///   - isScreen: Whether keys, the size of the terminal and the clock matter.
    ///   - refreshSeconds: From the end of one reading to the beginning of the next.
    init(
        isScreen: Bool, refreshSeconds: Double, read: @escaping @Sendable () async throws -> WatchReading
    ) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.waiting))
        (self.stream, self.continuation) = (stream, continuation)
        let queue = DispatchQueue(label: "watch")
        let stops: [(Int32, Event)] = [(SIGINT, .stop), (SIGTERM, .stop), (SIGHUP, .stop)]
        let others: [(Int32, Event)] = [(SIGTSTP, .suspend), (SIGCONT, .resumed), (SIGWINCH, .resized)]
        sources = Signals.sources(isScreen ? stops + others : stops, queue) { continuation.yield($0) }
        tasks = [
            Self.repeating(after: refreshSeconds) {
                do {
                    continuation.yield(.reading(.success(try await read())))
                } catch {
                    continuation.yield(.reading(.failure(error)))
                }
            }
        ]
        guard isScreen else { return }
        sources.append(Self.keys(queue, continuation))
        tasks.append(Self.repeating(after: 1) { continuation.yield(.tick) })
    }

    deinit {
        tasks.forEach { $0.cancel() }
        sources.forEach { $0.cancel() }
        continuation.finish()
    }

    private static func repeating(
        after seconds: Double, _ body: @escaping @Sendable () async -> Void
    ) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                await body()
                // Only cancellation ends a sleep, and the loop looks for that.
                try? await Task.sleep(for: .seconds(seconds))
            }
        }
    }

    /// Sends `.flush` when an ESC has had time to become a sequence.
    func flushSoon() {
        let continuation = continuation
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(50)) { continuation.yield(.flush) }
    }

    private static func keys(
        _ queue: DispatchQueue, _ continuation: AsyncStream<Event>.Continuation
    ) -> any DispatchSourceProtocol {
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
        source.setEventHandler {
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
        return source
    }
}

/// A key that was pressed.
enum WatchKey: Equatable, Sendable {
    case character(Character)
    case enter, escape, backspace
    case up, down, pageUp, pageDown, home, end
    /// Ctrl-U: the whole line away.
    case erase
    /// Ctrl-L: draw everything again.
    case redraw
}

/// Keys out of the bytes of a terminal (ECMA-48 control sequences as xterm sends them); bytes may come in any portions.
struct WatchKeyDecoder: Sendable {
    /// A longer sequence is none that a key sends.
    private static let maximumPending = 16
    private static let escape: UInt8 = 0x1B
    /// By final byte of `ESC [` and `ESC O`.
    private static let finals: [UInt8: WatchKey] = [
        UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end,
    ]
    /// By number before `~`.
    private static let numbers: [String: WatchKey] = [
        "1": .home, "4": .end, "5": .pageUp, "6": .pageDown, "7": .home, "8": .end,
    ]

    private var pending: [UInt8] = []

    /// Whether an ESC may still become a sequence; if nothing follows soon it was the key, see `flush`.
    var isWaiting: Bool { pending.first == Self.escape }

    mutating func take(_ bytes: some Sequence<UInt8>) -> [WatchKey] {
        var keys: [WatchKey] = []
        for byte in bytes {
            pending.append(byte)
            if let key = next() { keys.append(key) }
            if pending.count > Self.maximumPending { pending = [] }
        }
        return keys
    }

    /// Nothing followed: an ESC was the key itself, and what is unfinished is none.
    mutating func flush() -> [WatchKey] {
        defer { pending = [] }
        return pending == [Self.escape] ? [.escape] : []
    }

    /// The key that the pending bytes make; nil while they are unfinished or mean nothing.
    private mutating func next() -> WatchKey? {
        guard let first = pending.first else { return nil }
        if first == Self.escape { return sequence() }
        if first < 0x80 {
            pending = []
            return Self.single(first)
        }
        return scalar()
    }

    private static func single(_ byte: UInt8) -> WatchKey? {
        switch byte {
        case 0x0A, 0x0D: .enter
        case 0x08, 0x7F: .backspace
        case 0x0C: .redraw
        case 0x15: .erase
        case 0x20...0x7E: .character(Character(Unicode.Scalar(byte)))
        case _: nil
        }
    }

    private mutating func sequence() -> WatchKey? {
        guard pending.count > 1 else { return nil }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
            // Two ESC are the key twice; anything else is a key with Alt, which means nothing here.
            let isDoubled = pending[1] == Self.escape
            pending = isDoubled ? [Self.escape] : []
            return isDoubled ? .escape : nil
        }
        guard pending.count > 2, let last = pending.last, (0x40...0x7E).contains(last) else { return nil }
        defer { pending = [] }
        guard last == UInt8(ascii: "~") else { return Self.finals[last] }
        let parameters = String(decoding: pending[2..<(pending.count - 1)], as: UTF8.self)
        return Self.numbers[String(parameters.prefix { $0 != ";" })]
    }

    /// RFC 3629: up to four bytes.
    private mutating func scalar() -> WatchKey? {
        if let text = String(validating: pending, as: UTF8.self), let character = text.first {
            pending = []
            return .character(character)
        }
        if pending.count >= 4 { pending = [] }
        return nil
    }
}
