import Exposition
import Synchronization

/// Counters and gauges about remote write; they start anew with the process.
package final class RemoteWriteMetrics: Sendable {
    package struct Receiver: Equatable, Sendable {
        package var samples = 0
        package var droppedSamples = 0
        package var skippedMinutes = 0
        package var correctedMinutes = 0
        package var uncorrectedMinutes = 0
        package var failures: [String: Int] = [:]
        /// Unix seconds; nil before the first accepted sample.
        package var newestTimestamp: Int?
    }

    private let receivers = Mutex<[String: Receiver]>([:])

    package init() {}

    /// Makes the receiver's series exist before its first request, and forgets those that are configured no more.
    package func register(_ names: [String]) {
        receivers.withLock { receivers in
            receivers = receivers.filter { names.contains($0.key) }
            for name in names where receivers[name] == nil { receivers[name] = Receiver() }
        }
    }

    package func accepted(_ receiver: String, samples: Int, timestamp: Int) {
        update(receiver) {
            $0.samples += samples
            $0.newestTimestamp = max($0.newestTimestamp ?? timestamp, timestamp)
        }
    }

    /// - Parameter code: An HTTP status, or a short word of ours where no answer came.
    package func failed(_ receiver: String, code: String) {
        update(receiver) { $0.failures[code, default: 0] += 1 }
    }
    package func dropped(_ receiver: String, samples: Int) {
        update(receiver) { $0.droppedSamples += samples }
    }
    package func skipped(_ receiver: String, minutes: Int) {
        update(receiver) { $0.skippedMinutes += minutes }
    }

    package func revised(_ receiver: String, minutes: Int, isCorrected: Bool) {
        update(receiver) {
            if isCorrected { $0.correctedMinutes += minutes } else { $0.uncorrectedMinutes += minutes }
        }
    }

    package subscript(_ receiver: String) -> Receiver {
        receivers.withLock { $0[receiver] ?? Receiver() }
    }

    private func update(_ receiver: String, _ change: (inout Receiver) -> Void) {
        receivers.withLock { change(&$0[receiver, default: Receiver()]) }
    }

    /// In the order of the catalog; without receivers all are empty.
    package func families() -> [MetricFamily] {
        var samples = MetricFamily(MetricCatalog.remoteWriteSamples)
        var failures = MetricFamily(MetricCatalog.remoteWriteFailures)
        var dropped = MetricFamily(MetricCatalog.remoteWriteDroppedSamples)
        var skipped = MetricFamily(MetricCatalog.remoteWriteSkippedMinutes)
        var revised = MetricFamily(MetricCatalog.remoteWriteRevisedMinutes)
        var newest = MetricFamily(MetricCatalog.remoteWriteNewestTimestamp)
        for (name, receiver) in receivers.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            let labels = LabelSet([("receiver", name)])
            samples.add(labels, Double(receiver.samples))
            for (code, count) in receiver.failures.sorted(by: { $0.key < $1.key }) {
                failures.add(labels.adding("code", code), Double(count))
            }
            dropped.add(labels, Double(receiver.droppedSamples))
            skipped.add(labels, Double(receiver.skippedMinutes))
            revised.add(labels.adding("result", "corrected"), Double(receiver.correctedMinutes))
            revised.add(labels.adding("result", "refused"), Double(receiver.uncorrectedMinutes))
            newest.add(labels, receiver.newestTimestamp.map(Double.init))
        }
        return [samples, failures, dropped, skipped, revised, newest]
    }
}
