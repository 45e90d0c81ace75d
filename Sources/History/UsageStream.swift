import Synchronization
import UsageStore

/// An answer on its way: rows of a source through a writer into a stream.
package enum UsageAnswer {
    /// - Parameters:
    ///   - series: What the filters left, as the source knows it.
    ///   - tableWidth: Columns of the terminal; nil for a table that leaves nothing out.
    ///   - callers: What there is of callers, where the answer is to tell.
    ///   - allowance: How long the answer may take.
    ///   - atEnd: Told what the answer came to, after its last row.
    package static func stream(
        _ parameters: UsageParameters, series: [StoredSeries], source: any HistorySource,
        tableWidth: Int? = 100, callers: CallerSources? = nil,
        allowance: Duration? = nil, atEnd: @escaping @Sendable (UsageOutcome) -> Void = { _ in }
    ) -> UsageStream {
        UsageStream(allowance: allowance) { stream in
            var pump = UsagePump(stream)
            let outcome: UsageOutcome
            switch parameters.format {
            case .openmetrics:
                let history = OpenMetricsHistory(parameters, series: series, source: source)
                outcome = try await history.write(to: &pump)
            case .json:
                let writer = UsageJSONWriter(parameters.query, callers: callers)
                outcome = try await write(writer, parameters, source, &pump)
            case .csv:
                outcome = try await write(UsageCSVWriter(parameters.query), parameters, source, &pump)
            case .table:
                let writer = UsageTableWriter(
                    parameters.query, series: series, callers: callers, width: tableWidth)
                outcome = try await write(writer, parameters, source, &pump)
            }
            try await pump.flush()
            atEnd(outcome)
        }
    }

    private static func write(
        _ empty: some UsageWriter, _ parameters: UsageParameters, _ source: any HistorySource,
        _ pump: inout UsagePump
    ) async throws -> UsageOutcome {
        var writer = empty
        var outcome = UsageOutcome()
        writer.begin(into: &pump.bytes)
        func take(_ row: UsageRow) async throws {
            outcome.take(row)
            writer.row(row, into: &pump.bytes)
            try await pump.flushIfFull()
        }
        if let top = parameters.top {
            try await CallerRanking.rows(of: parameters.query, top: top, source, take)
        } else {
            try await source.rows(parameters.query, take)
        }
        writer.end(outcome, into: &pump.bytes)
        return outcome
    }
}

/// Gathers what writers write and sends it on in chunks.
struct UsagePump {
    private let stream: UsageStream
    var bytes: [UInt8] = []

    init(_ stream: UsageStream) {
        self.stream = stream
    }

    /// Sends what there is when it makes a chunk; throws when the rest is not wanted.
    mutating func flushIfFull() async throws {
        if bytes.count >= HistoryLimits.chunkBytes { try await flush() } else { try stream.checkWanted() }
    }

    mutating func flush() async throws {
        let full = bytes
        bytes = []
        try await stream.send(full)
    }
}

/// Bytes from a producer that rows drive to a reader that takes them when it likes.
///
/// At most one chunk waits; until it is taken the producer is suspended. When the reader goes away, or the answer has
/// taken too long, the producer's task is cancelled and its next row throws, so that the work stops.
package final class UsageStream: Sendable {
    /// The answer took too long.
    package struct OutOfTime: Error, CustomStringConvertible {
        package let description = "the answer took too long and was cut off"
    }

    private enum Ending {
        case complete
        case failed(any Error)
    }

    private struct State {
        var producer: Task<Void, Never>?
        var isAbandoned = false
        var chunk: [UInt8]?
        var ending: Ending?
        /// One of the two waits, or neither.
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
        var deadline: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let produce: @Sendable (UsageStream) async throws -> Void
    private let allowance: Duration?

    /// - Parameters:
    ///   - allowance: How long the answer may take from its first pull; nil for no bound, as on a command line.
    ///   - produce: Begun with the first pull.
    package init(allowance: Duration? = nil, produce: @escaping @Sendable (UsageStream) async throws -> Void)
    {
        self.allowance = allowance
        self.produce = produce
    }

    // MARK: The reader

    /// The next bytes, nil at the end; throws what the producer threw. Cancellation abandons the stream. Never called
    /// twice at once.
    package func next() async throws -> [UInt8]? {
        begin()
        return try await withTaskCancellationHandler {
            await wait { state in
                if state.chunk != nil || state.ending != nil || state.isAbandoned { return nil }
                return \.reader
            }
            return try take()
        } onCancel: {
            abandon()
        }
    }

    /// Nothing more is wanted. May be called at any time, more than once.
    package func abandon() {
        let waiting = state.withLock { state in
            state.isAbandoned = true
            state.chunk = nil
            state.producer?.cancel()
            defer { (state.reader, state.writer) = (nil, nil) }
            return [state.reader, state.writer]
        }
        for continuation in waiting { continuation?.resume() }
    }

    private func begin() {
        state.withLock { state in
            guard state.producer == nil, !state.isAbandoned else { return }
            state.deadline = allowance.map { ContinuousClock.now + $0 }
            state.producer = Task {
                do {
                    try await produce(self)
                    finish(.complete)
                } catch {
                    finish(.failed(error))
                }
            }
        }
    }

    private func take() throws -> [UInt8]? {
        let (chunk, ending, writer) = state.withLock { state in
            defer { (state.chunk, state.writer) = (nil, nil) }
            return (state.chunk, state.ending, state.writer)
        }
        writer?.resume()
        if let chunk { return chunk }
        switch ending {
        case .complete?: return nil
        case .failed(let error)?: throw error
        case nil: throw CancellationError()
        }
    }

    // MARK: The producer

    /// Hands a chunk over, once the one before was taken.
    package func send(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        await wait { state in state.chunk == nil || state.isAbandoned ? nil : \.writer }
        try checkWanted()
        let reader = state.withLock { state in
            if !state.isAbandoned { state.chunk = bytes }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Throws when nobody waits for the rest any more.
    package func checkWanted() throws {
        let (isAbandoned, deadline) = state.withLock { ($0.isAbandoned, $0.deadline) }
        if isAbandoned { throw CancellationError() }
        if let deadline, ContinuousClock.now > deadline { throw OutOfTime() }
    }

    private func finish(_ ending: Ending) {
        let reader = state.withLock { state in
            state.ending = ending
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Suspends until resumed from the place that `place` names; nil for not at all.
    private func wait(
        _ place: (inout State) -> WritableKeyPath<State, CheckedContinuation<Void, Never>?>?
    ) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard let path = place(&state) else { return true }
                state[keyPath: path] = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }
}
