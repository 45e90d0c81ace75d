import QuotaModel
import Synchronization
import UsageStore

/// An answer on its way: rows of a source through a writer into a stream.
package final class UsageAnswer: Sendable {
    package let stream: UsageStream
    private let counted: OutcomeBox

    /// What it came to; complete once the stream has ended.
    package var outcome: UsageOutcome { counted.value.withLock { $0 } }

    /// - Parameters:
    ///   - series: What the filters left, as the source knows it.
    ///   - allowance: How long it may take.
    package convenience init(
        _ parameters: UsageParameters, series: [UsageSeries], source: any UsageSource, tableWidth: Int = 100,
        allowance: Duration? = nil
    ) {
        let query = parameters.query
        switch parameters.format {
        case .openmetrics:
            self.init(allowance: allowance) { pump in
                try await OpenMetricsHistory(parameters, series: series, source: source).write(to: pump)
            }
        case .json: self.init(query, UsageJSONWriter(query), source, allowance)
        case .csv: self.init(query, UsageCSVWriter(query), source, allowance)
        case .table:
            let writer = UsageTableWriter(query, series: series, width: tableWidth)
            self.init(query, writer, source, allowance)
        }
    }

    private convenience init(
        _ query: UsageQuery, _ writer: some UsageWriter, _ source: any UsageSource, _ allowance: Duration?
    ) {
        self.init(allowance: allowance) { pump in
            let writer = Mutex(writer)
            pump.append { bytes in writer.withLock { $0.begin(into: &bytes) } }
            try await source.rows(query) { row in
                try pump.take(row) { bytes in writer.withLock { $0.row(row, into: &bytes) } }
            }
            pump.append { bytes in writer.withLock { $0.end(pump.outcome, into: &bytes) } }
        }
    }

    private init(allowance: Duration?, _ write: @escaping @Sendable (UsagePump) async throws -> Void) {
        let box = OutcomeBox()
        counted = box
        stream = UsageStream(allowance: allowance) { stream in
            let pump = UsagePump(stream, box)
            try await write(pump)
            return pump.rest()
        }
    }
}

/// The outcome so far, seen by the producer and by whoever reads.
private final class OutcomeBox: Sendable {
    let value = Mutex(UsageOutcome())
}

/// Gathers what writers write and sends it on in chunks.
final class UsagePump: Sendable {
    private let stream: UsageStream
    private let counted: OutcomeBox
    private let buffer = Mutex<[UInt8]>([])

    fileprivate init(_ stream: UsageStream, _ counted: OutcomeBox) {
        self.stream = stream
        self.counted = counted
    }

    var outcome: UsageOutcome { counted.value.withLock { $0 } }

    /// Adds bytes without waiting.
    func append(_ write: (inout [UInt8]) -> Void) {
        buffer.withLock { write(&$0) }
    }

    /// Adds a row's bytes, and waits when there are enough for a chunk. Only for a source's own thread.
    func take(_ row: UsageRow, _ write: (inout [UInt8]) -> Void) throws {
        try stream.checkWanted()
        counted.value.withLock { $0.take(row) }
        let full: [UInt8]? = buffer.withLock { buffer in
            write(&buffer)
            guard buffer.count >= HistoryLimits.chunkBytes else { return nil }
            defer { buffer = [] }
            return buffer
        }
        if let full { try stream.send(full) }
    }

    /// What was not sent yet.
    fileprivate func rest() -> [UInt8] {
        buffer.withLock { buffer in
            defer { buffer = [] }
            return buffer
        }
    }
}
