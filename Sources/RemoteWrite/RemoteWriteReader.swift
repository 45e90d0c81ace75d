import Exposition
import QuotaModel
import UsageStore

/// Streams of one Region with the minutes of theirs that are to be sent.
package struct RemoteWriteDue: Sendable {
    package let region: RemoteWriteRegion
    package var streams: [(stream: RemoteWriteStream, minutes: Range<Minute>)]

    fileprivate func pools(in slice: Range<Minute>) -> [QuotaPool] {
        streams.compactMap { stream, minutes in
            guard case .pool(let pool) = stream.subject, minutes.overlaps(slice) else { return nil }
            return pool
        }
    }
}

/// Makes batches of what the store holds.
package struct RemoteWriteReader: Sendable {
    package let store: UsageStore
    package let externalLabels: [(name: String, value: String)]

    /// Calls `body` with what the streams have in a slice of time, minute by minute; batches may be empty.
    package func batches(
        _ due: [RemoteWriteDue], _ slice: Range<Minute>, isolation: isolated (any Actor)? = #isolation,
        _ body: (RemoteWriteBatch) async throws -> Void
    ) async throws {
        var regions: [(due: RemoteWriteDue, rows: [Minute: RemoteWriteRegion.Rows])] = []
        for part in due where part.streams.contains(where: { $0.minutes.overlaps(slice) }) {
            regions.append((part, try await rows(part, slice)))
        }
        for minute in slice {
            var batch = RemoteWriteBatch(minute: minute)
            for region in regions {
                let rows = region.rows[minute] ?? RemoteWriteRegion.Rows()
                for (stream, minutes) in region.due.streams where minutes.contains(minute) {
                    let part = part(of: stream, minute, region.due.region, rows)
                    if batch.add(part) { continue }
                    try await body(batch)
                    batch = RemoteWriteBatch(minute: minute)
                    _ = batch.add(part)
                }
            }
            try await body(batch)
        }
    }

    private func rows(
        _ due: RemoteWriteDue, _ slice: Range<Minute>
    ) async throws -> [Minute: RemoteWriteRegion.Rows] {
        var rows: [Minute: RemoteWriteRegion.Rows] = [:]
        let key = due.region.key
        for (modelID, minutes) in try await store.window(account: key.account, region: key.region, slice) {
            for row in minutes { rows[row.minute, default: .init()].models[modelID] = row.usage }
        }
        for (pool, minutes) in try await store.poolMinutes(due.pools(in: slice), slice) {
            for use in minutes { rows[use.minute, default: .init()].pools[pool] = use }
        }
        return rows
    }

    private func part(
        of stream: RemoteWriteStream, _ minute: Minute, _ region: RemoteWriteRegion,
        _ rows: RemoteWriteRegion.Rows
    ) -> RemoteWriteBatch.Part {
        RemoteWriteBatch.Part(
            cursor: RemoteWriteCursor(key: stream.key, start: stream.start, next: minute.advanced(by: 1)),
            series: region.figures(of: stream.subject, rows).map { figure in
                (RemoteWriteLabels(name: figure.metric.name, externalLabels + figure.labels), figure.value)
            })
    }
}
