import CMalloc
import Dispatch
import Glibc

/// glibc's allocator, set up for a daemon that is idle most of the time.
enum MemoryAllocator {
    /// Freed memory above this goes back to the system at once.
    private static let trimThresholdBytes: Int32 = 64 << 10
    /// Larger blocks, such as an answer of AWS, are mapped and unmapped on their own.
    private static let mapThresholdBytes: Int32 = 64 << 10
    private static let topPadBytes: Int32 = 16 << 10

    /// One arena instead of eight a core: the few threads allocate little, and each arena keeps what its thread once
    /// needed at its peak. Saves a sixth of the resident memory. To be called before the first thread starts.
    static func keepSmall() {
        _ = mallopt(M_ARENA_MAX, 1)
        _ = mallopt(M_TRIM_THRESHOLD, trimThresholdBytes)
        _ = mallopt(M_MMAP_THRESHOLD, mapThresholdBytes)
        _ = mallopt(M_TOP_PAD, topPadBytes)
    }
}

/// Whether the system gives this process the threads that it cannot do without: where it does not, the runtime waits for
/// them for ever and says nothing.
enum ThreadCheck {
    /// Those of the runtime, of libcurl and of the web server, at their fewest.
    static let least = 12

    /// Ends the process with a message when there are too few.
    static func run() {
        guard let problem = problem(startable: startable(least)) else { return }
        Output.error(problem)
        exit(1)
    }

    static func problem(startable: Int) -> String? {
        guard startable < least else { return nil }
        return
            "only \(startable) threads can be started; at least \(least) are needed: raise ulimit -u or -v, "
            + "TasksMax= or MemoryMax= in systemd, or the container's limits of processes and memory"
    }

    /// How many of so many threads are alive at a time.
    static func startable(_ count: Int) -> Int {
        let gate = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        defer { gate.deallocate() }
        sem_init(gate, 0, 0)
        var threads: [pthread_t] = []
        for _ in 0..<count {
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { gate in
                    if let gate { while sem_wait(gate.assumingMemoryBound(to: sem_t.self)) != 0 {} }
                    return nil
                }, gate)
            guard status == 0 else { break }
            threads.append(thread)
        }
        for _ in threads { sem_post(gate) }
        for thread in threads { pthread_join(thread, nil) }
        return threads.count
    }
}

/// The signals that a daemon obeys, as a stream.
final class Signals {
    enum Event: Sendable {
        /// SIGTERM or SIGINT.
        case stop
        /// SIGHUP.
        case reload
    }

    let events: AsyncStream<Event>
    private let sources: [any DispatchSourceProtocol]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(16))
        events = stream
        sources = Self.sources(
            [(SIGTERM, Event.stop), (SIGINT, .stop), (SIGHUP, .reload)], DispatchQueue(label: "signals")
        ) { continuation.yield($0) }
    }

    /// Tells of signals as long as the sources live, instead of their default actions.
    static func sources<Event: Sendable>(
        _ signals: [(number: Int32, event: Event)], _ queue: DispatchQueue,
        handler: @escaping @Sendable (Event) -> Void
    ) -> [any DispatchSourceProtocol] {
        signals.map { number, event in
            // The default action would end or stop the process before the source is told.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { handler(event) }
            source.resume()
            return source
        }
    }
}
