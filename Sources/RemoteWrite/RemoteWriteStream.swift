import Exposition
import QuotaModel
import UsageStore

/// What is sent in order and waits for itself alone: the minutes of one model ID or of one pool.
///
/// Each stream has a cursor of its own, so that a series that CloudWatch no longer answers holds up no other, and so
/// that a model ID discovered late is sent from its first minute on.
package struct RemoteWriteStream: Sendable {
    package enum Subject: Hashable, Sendable {
        case modelID(String)
        case pool(QuotaPool)
    }

    /// What a stream has to do next.
    package enum Step: Equatable {
        /// Nothing is there yet.
        case idle
        /// These minutes are final and may be sent.
        case send(Range<Minute>)
        /// There is a hole before known minutes, which catching up may still fill.
        case wait
        /// Go on at a later minute; `lost` of those between will never be sent.
        case skip(to: Minute, lost: Int)
    }

    /// From when on minutes may still come.
    package struct Bounds: Equatable {
        /// The first minute that may still change; nothing from here on is sent.
        var edge: Minute
        /// Catching up fills holes from here on.
        var fillableFrom: Minute
        /// The first read and the backfill of a new series reach back to here.
        var backfilledFrom: Minute
    }

    package let key: RemoteWriteCursor.Key
    package let subject: Subject
    /// The minutes whose figures are known.
    package let coverage: MinuteRanges
    package let firstDatapoint: Minute?
    /// Where the stream began.
    package let start: Minute
    /// The next minute to send.
    package var next: Minute

    /// - Parameter hasWaited: The stream has stood before this hole for `RemoteWriteLimits.holeSeconds`.
    package func step(_ bounds: Bounds, hasWaited: Bool) -> Step {
        guard let span = coverage.span, let firstDatapoint, next < bounds.edge else { return .idle }
        guard let known = coverage.ranges.first(where: { $0.upperBound > next }) else { return .idle }
        let isNew = next == start
        guard known.lowerBound <= next else {
            guard known.lowerBound < bounds.edge else { return .idle }
            let bound = next < span.lowerBound ? bounds.backfilledFrom : bounds.fillableFrom
            let target = hasWaited ? known.lowerBound : min(known.lowerBound, bound)
            guard target > next else { return .wait }
            return .skip(to: target, lost: isNew ? 0 : next.distance(to: target))
        }
        // A series begins with its first datapoint, not with zeros from before there was any traffic.
        if isNew, next < firstDatapoint {
            let target = min(firstDatapoint, known.upperBound)
            return target < bounds.edge ? .skip(to: target, lost: 0) : .idle
        }
        return .send(next..<min(known.upperBound, bounds.edge))
    }

    package var cursor: RemoteWriteCursor { RemoteWriteCursor(key: key, start: start, next: next) }
}

extension RemoteWriteStream.Subject {
    /// What the store calls it.
    package var text: String {
        switch self {
        case .modelID(let id): RemoteWriteCursor.Key.subject(modelID: id)
        case .pool(let pool): RemoteWriteCursor.Key.subject(pool: pool.scopedModel)
        }
    }
}

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
