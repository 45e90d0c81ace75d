import Exposition
import QuotaModel
import UsageStore

/// Samples of one minute that go out in one request.
///
/// One minute, so that a request holds no series twice: should the program die between the receiver's answer and the
/// cursor, the same request goes out once more, and every receiver takes a sample that it has as its newest already,
/// with the same value, for what it is. With several minutes one that refuses old samples would refuse the request.
package struct RemoteWriteBatch: Sendable {
    /// One stream's part; its cursor moves when the part is done with.
    package struct Part: Sendable {
        /// Where the cursor stands afterwards.
        let cursor: RemoteWriteCursor
        let series: [(labels: RemoteWriteLabels, value: Double)]
    }

    package let minute: Minute
    package private(set) var parts: [Part] = []
    package private(set) var sampleCount = 0
    package private(set) var byteCount = 0

    package init(minute: Minute) {
        self.minute = minute
    }

    /// False, and nothing added, when the part would make the request too long; an empty batch takes any part.
    package mutating func add(_ part: Part) -> Bool {
        let bytes = part.series.reduce(0) { $0 + $1.labels.byteCount + Self.sampleBytes }
        let isFull =
            sampleCount + part.series.count > RemoteWriteLimits.samplesPerRequest
            || byteCount + bytes > RemoteWriteLimits.bytesPerRequest
        guard parts.isEmpty || !isFull else { return false }
        parts.append(part)
        sampleCount += part.series.count
        byteCount += bytes
        return true
    }

    /// A sample's own bytes and the frames around it, rounded up.
    private static let sampleBytes = 32

    /// The minute's end: the first moment at which its figures were true.
    package var timestampSeconds: Int { minute.advanced(by: 1).epochSeconds }

    package var request: RemoteWriteRequest {
        var request = RemoteWriteRequest()
        let milliseconds = Int64(timestampSeconds) * 1000
        for part in parts {
            for series in part.series {
                let sample = RemoteWriteSample(value: series.value, timestampMilliseconds: milliseconds)
                request.append(series.labels, [sample])
            }
        }
        return request
    }

    /// Two batches with half of the parts each; nil when there is only one.
    package func halves() -> (RemoteWriteBatch, RemoteWriteBatch)? {
        guard parts.count > 1 else { return nil }
        let middle = parts.count / 2
        return (RemoteWriteBatch(minute, parts[..<middle]), RemoteWriteBatch(minute, parts[middle...]))
    }

    private init(_ minute: Minute, _ parts: ArraySlice<Part>) {
        self.minute = minute
        for part in parts {
            self.parts.append(part)
            sampleCount += part.series.count
            byteCount += part.series.reduce(0) { $0 + $1.labels.byteCount + Self.sampleBytes }
        }
    }
}
