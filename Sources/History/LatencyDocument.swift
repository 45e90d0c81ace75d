import QuotaModel
import System
import UsageStore

/// `GET /api/v1/latency`: averages of the minutes of a step, each minute weighing as much as it has requests.
package struct LatencyDocument: Encodable {
    struct Row: Encodable {
        let start: String
        let latencySeconds: Nullable<Double>
        let timeToFirstTokenSeconds: Nullable<Double>
    }

    let start: String
    let end: String
    let stepSeconds: Int
    /// Steps with a figure, ascending.
    let rows: [Row]

    package init(range: Range<Minute>, stepMinutes: Int, sums: LatencySums) {
        start = CivilTime.text(range.lowerBound.epochSeconds)
        end = CivilTime.text(range.upperBound.epochSeconds)
        stepSeconds = stepMinutes * 60
        rows = sums.steps.sorted { $0.key < $1.key }.map { index, step in
            Row(
                start: CivilTime.text(range.lowerBound.advanced(by: index * stepMinutes).epochSeconds),
                latencySeconds: Nullable(step.latency.mean.map { $0 / 1000 }),
                timeToFirstTokenSeconds: Nullable(step.timeToFirstToken.mean.map { $0 / 1000 }))
        }
    }
}

/// Weighted sums of milliseconds by step.
package struct LatencySums {
    struct Mean {
        private var sum = 0.0
        private var weight = 0.0

        /// Nil where nothing was added.
        var mean: Double? { weight > 0 ? sum / weight : nil }

        /// A minute with a latency and no accepted request weighs as one.
        mutating func add(_ value: Double?, requests: Double) {
            guard let value else { return }
            sum += value * max(requests, 1)
            weight += max(requests, 1)
        }
    }

    struct Step {
        var latency = Mean()
        var timeToFirstToken = Mean()
    }

    let start: Minute
    let stepMinutes: Int
    private(set) var steps: [Int: Step] = [:]

    package init(start: Minute, stepMinutes: Int) {
        self.start = start
        self.stepMinutes = stepMinutes
    }

    package mutating func add(_ minute: SeriesMinute) {
        let usage = minute.usage
        guard usage.latencyMilliseconds != nil || usage.timeToFirstTokenMilliseconds != nil else { return }
        let requests = usage.invocations ?? 0
        var step = steps[start.distance(to: minute.minute) / stepMinutes] ?? Step()
        step.latency.add(usage.latencyMilliseconds, requests: requests)
        step.timeToFirstToken.add(usage.timeToFirstTokenMilliseconds, requests: requests)
        steps[start.distance(to: minute.minute) / stepMinutes] = step
    }
}
