import UsageStore

/// An answer on its way: rows of a source through a writer into a stream.
package enum UsageAnswer {
    /// - Parameters:
    ///   - series: What the filters left, as the source knows it.
    ///   - tableWidth: Columns of the terminal; nil for a table that leaves nothing out.
    ///   - allowance: How long the answer may take.
    ///   - atEnd: Told what the answer came to, after its last row.
    package static func stream(
        _ parameters: UsageParameters, series: [StoredSeries], source: any HistorySource,
        tableWidth: Int? = 100,
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
                outcome = try await write(UsageJSONWriter(parameters.query), parameters.query, source, &pump)
            case .csv:
                outcome = try await write(UsageCSVWriter(parameters.query), parameters.query, source, &pump)
            case .table:
                let writer = UsageTableWriter(parameters.query, series: series, width: tableWidth)
                outcome = try await write(writer, parameters.query, source, &pump)
            }
            try await pump.flush()
            atEnd(outcome)
        }
    }

    private static func write(
        _ empty: some UsageWriter, _ query: UsageQuery, _ source: any HistorySource, _ pump: inout UsagePump
    ) async throws -> UsageOutcome {
        var writer = empty
        var outcome = UsageOutcome()
        writer.begin(into: &pump.bytes)
        try await source.rows(query) { row in
            outcome.take(row)
            writer.row(row, into: &pump.bytes)
            try await pump.flushIfFull()
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
