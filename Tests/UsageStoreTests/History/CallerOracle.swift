import QuotaModel

@testable import SQLite
@testable import UsageStore

/// What the invocation logs told, in plain dictionaries, on a store and beside it alike.
struct CallerOracle {
    /// One asking of the logs.
    struct Window {
        let range: Range<Minute>
        let kinds: [String]
        let isRead: Bool
    }

    static let kinds = ["role", "session", "metadata:team"]
    static let callers = ["x", "y", "(other)", "(none)"]
    private static let slotMinutes = 30

    /// By their first minutes.
    private(set) var windows: [RegionKey: [Minute: Window]] = [:]
    /// Kind, caller.
    private(set) var minutes: [SeriesKey: [Minute: [String: [String: UsageMinute]]]] = [:]

    /// Some windows, read or not, with callers in some of their minutes.
    mutating func step(_ scenario: inout HistoryScenario, _ store: UsageStore) async throws {
        for key in scenario.oracle.series.sorted() where scenario.chance(2, in: 3) {
            let place = key.place
            let first = scenario.pick(Array(0..<HistoryScenario.horizon / Self.slotMinutes))
            for slot in first..<first + scenario.pick([1, 2, 8, 50]) {
                let start = minute(slot * Self.slotMinutes)
                let length = scenario.chance(4, in: 5) ? Self.slotMinutes : 17
                let window = Window(
                    range: start..<start.advanced(by: length),
                    kinds: Self.kinds.filter { _ in scenario.chance(2, in: 3) },
                    isRead: scenario.chance(5, in: 6))
                // Retention has closed what lies before for ever.
                guard window.range.upperBound > scenario.oracle.retainedFrom else { continue }
                windows[place, default: [:]][start] = window
                try await write(window, place, store)
                try await fill(start..<start.advanced(by: Self.slotMinutes), key, &scenario, store)
            }
        }
    }

    private func write(_ window: Window, _ place: RegionKey, _ store: UsageStore) async throws {
        let kinds = "[" + window.kinds.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        _ = try await store.rows(
            """
            REPLACE INTO caller_windows VALUES ('\(place.account)', '\(place.region)',
            \(window.range.lowerBound.epochSeconds), \(window.range.upperBound.epochSeconds),
            '\(window.isRead ? "read" : "unknown")', '\(kinds)', NULL, 1, NULL, NULL)
            """)
    }

    /// Logs come again, too, and then overwrite.
    private mutating func fill(
        _ range: Range<Minute>, _ key: SeriesKey, _ scenario: inout HistoryScenario, _ store: UsageStore
    ) async throws {
        for minute in range where scenario.chance(1, in: 6) && minute >= scenario.oracle.retainedFrom {
            let kind = scenario.pick(Self.kinds)
            let caller = scenario.pick(Self.callers)
            var usage = UsageMinute()
            for metric in LoggedCallers.metrics {
                usage[metric] = Double(scenario.pick(Array(0...25)))
            }
            minutes[key, default: [:]][minute, default: [:]][kind, default: [:]][caller] = usage
            let figures = LoggedCallers.metrics.map { "\(Int(usage[$0] ?? 0))" }.joined(separator: ", ")
            let place = "account = '\(key.account)' AND region = '\(key.region)'"
            _ = try await store.rows(
                """
                INSERT OR IGNORE INTO callers (account, region, kind, caller)
                VALUES ('\(key.account)', '\(key.region)', '\(kind)', '\(caller)')
                """)
            _ = try await store.rows(
                """
                REPLACE INTO caller_minutes SELECT s.id, \(minute.epochSeconds), c.id, \(figures), 1
                FROM series AS s, callers AS c
                WHERE s.account = '\(key.account)' AND s.region = '\(key.region)' AND s.model_id = '\(key.modelID)'
                    AND c.\(place.replacing("AND region", with: "AND c.region")) AND c.kind = '\(kind)'
                    AND c.caller = '\(caller)'
                """)
        }
    }

    /// As retention does: single minutes, and windows that end before.
    mutating func forget(before cut: Minute) {
        for key in minutes.keys { minutes[key] = minutes[key]?.filter { $0.key >= cut } }
        for place in windows.keys {
            windows[place] = windows[place]?.filter { $0.value.range.upperBound > cut }
        }
    }

    // MARK: Facts

    /// The minutes of a range that the logs of a place were read for.
    func read(_ place: RegionKey, _ kind: CallerKind, in range: Range<Minute>) -> [Minute] {
        let read = (windows[place] ?? [:]).values.filter { $0.isRead && $0.kinds.contains(kind.text) }
        return range.filter { minute in read.contains { $0.range.contains(minute) } }
    }

    /// What one series' callers used in some minutes.
    func callers(_ key: SeriesKey, _ kind: CallerKind, in times: [Minute]) -> [String:
        [UsageMinute]]
    {
        var found: [String: [UsageMinute]] = [:]
        for minute in times {
            for (caller, usage) in minutes[key]?[minute]?[kind.text] ?? [:] {
                found[caller, default: []].append(usage)
            }
        }
        return found
    }
}
