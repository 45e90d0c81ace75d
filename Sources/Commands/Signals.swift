import Dispatch
import Glibc

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
