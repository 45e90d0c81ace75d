import FoundationEssentials
import QuotaModel
import SQLite

/// A stretch of the invocation logs of an account's Region, asked of Logs Insights in one query.
package struct CallerWindow: Equatable, Sendable {
    package let account: String
    package let region: String
    package let range: Range<Minute>
    /// `role`, `session`, `metadata:KEY`.
    package let kinds: [String]
    /// Unix seconds.
    package let askedAt: Int
    /// AWS's; nil until StartQuery has answered.
    package var queryID: String?

    package init(
        account: String, region: String, range: Range<Minute>, kinds: [String], askedAt: Int,
        queryID: String? = nil
    ) {
        self.account = account
        self.region = region
        self.range = range
        self.kinds = kinds
        self.askedAt = askedAt
        self.queryID = queryID
    }
}

/// Windows of the invocation logs. A window is marked before it is asked for: whatever ends the process in between, a query
/// that may have run is not made again.
extension UsageStore {
    /// Marks a window that is about to be asked for. Throws for one that overlaps a window that is known.
    package func askCallerWindow(_ window: CallerWindow) throws(StoreError) {
        try write("note a window of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).insert(window, state: .asked)
        }
    }

    /// Notes the query of a window that was marked.
    package func noteCallerQuery(_ window: CallerWindow) throws(StoreError) {
        try write("note a query of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).note(window)
        }
    }

    /// Takes the mark back: the window was surely not asked for, or has to be asked for in parts.
    ///
    /// - Parameter bytesScanned: By the query that has to be made in parts.
    package func withdrawCallerWindow(_ window: CallerWindow, bytesScanned: Int = 0) throws(StoreError) {
        try write("take back a window of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).withdraw(window)
            try CallerWindowTable(database).spend(bytesScanned, for: window)
        }
    }

    /// What the window holds stays unknown; one that was read stays read.
    package func giveUpCallerWindow(
        _ window: CallerWindow, reason: String, bytesScanned: Int? = nil
    ) throws(StoreError) {
        try write("give up a window of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).giveUp(window, reason, bytesScanned)
        }
    }

    /// The windows that were asked for and have neither answer nor reason, ascending.
    package func askedCallerWindows(account: String, region: String) throws(StoreError) -> [CallerWindow] {
        try use("read the windows of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).asked(account: account, region: region)
        }
    }

    /// The end of the newest window; nil before the first.
    package func newestCallerMinute(account: String, region: String) throws(StoreError) -> Minute? {
        try use("read the windows of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).newestEnd(account: account, region: region)
        }
    }

    /// Takes away what was given up of the time from this minute on: a clock was ahead then.
    package func forgetCallerWindows(
        account: String, region: String, from minute: Minute
    ) throws(StoreError) {
        try write("take back windows of invocation logs") { (database) throws(StoreError) in
            try CallerWindowTable(database).forget(account: account, region: region, from: minute)
        }
    }

    /// Bytes that Logs Insights scanned in a month such as `2026-11`, all Regions of the account together.
    package func bytesScanned(account: String, month: String) throws(StoreError) -> Int {
        try use("read what logs have cost") { (database) throws(StoreError) in
            try database.first(
                "SELECT coalesce(sum(bytes_scanned), 0) FROM log_spending WHERE account = ?1 AND month = ?2",
                [.text(account), .text(month)]
            ) { $0.integer(0) } ?? 0
        }
    }
}

/// Tables `caller_windows` and `log_spending`.
struct CallerWindowTable {
    /// As the column has it.
    enum State: String {
        case asked
        case read
        case unknown
    }

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func insert(_ window: CallerWindow, state: State, reason: String? = nil) throws(StoreError) {
        let overlapping = try database.first(
            """
            SELECT 1 FROM caller_windows WHERE account = ?1 AND region = ?2 AND start < ?4 AND "end" > ?3
            """, place(window) + [.integer(window.range.upperBound.epochSeconds)]
        ) { _ in true }
        guard overlapping == nil else {
            throw StoreError(
                cause: .unusableValue, attempt: "note a window of invocation logs", path: database.path,
                reason: "a window of the same time is known already")
        }
        try database.run(
            """
            INSERT INTO caller_windows (account, region, start, "end", state, kinds, query_id, asked_at, reason)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """,
            place(window) + [
                .integer(window.range.upperBound.epochSeconds), .text(state.rawValue),
                .text(Self.json(window.kinds)), SQLValue(text: window.queryID), .integer(window.askedAt),
                SQLValue(text: reason),
            ])
    }

    func note(_ window: CallerWindow) throws(StoreError) {
        try database.run(
            "UPDATE caller_windows SET query_id = ?4 WHERE \(Self.isAsked)",
            place(window) + [SQLValue(text: window.queryID)])
    }

    func withdraw(_ window: CallerWindow) throws(StoreError) {
        try database.run("DELETE FROM caller_windows WHERE \(Self.isAsked)", place(window))
    }

    func giveUp(_ window: CallerWindow, _ reason: String, _ bytesScanned: Int?) throws(StoreError) {
        guard try close(window, .unknown, bytesScanned, reason: reason) else {
            let isKnown =
                try database.first(
                    "SELECT 1 FROM caller_windows WHERE account = ?1 AND region = ?2 AND start = ?3",
                    place(window)
                ) { _ in true } ?? false
            if !isKnown { try insert(window, state: .unknown, reason: reason) }
            return
        }
        try spend(bytesScanned ?? 0, for: window)
    }

    /// False when the window is not one that waits for its answer.
    func close(
        _ window: CallerWindow, _ state: State, _ bytesScanned: Int?, reason: String? = nil
    ) throws(StoreError) -> Bool {
        try database.run(
            """
            UPDATE caller_windows SET state = ?4, bytes_scanned = ?5, reason = ?6 WHERE \(Self.isAsked)
            """,
            place(window) + [
                .text(state.rawValue), bytesScanned.map { .integer($0) } ?? .null, SQLValue(text: reason),
            ]) > 0
    }

    /// Counts for the month in which the query was made.
    func spend(_ bytes: Int, for window: CallerWindow) throws(StoreError) {
        guard bytes > 0 else { return }
        try database.run(
            """
            INSERT INTO log_spending (month, account, region, bytes_scanned)
            VALUES (strftime('%Y-%m', ?1, 'unixepoch'), ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET bytes_scanned = bytes_scanned + excluded.bytes_scanned
            """,
            [
                .integer(window.askedAt), .text(window.account), .text(window.region), .integer(bytes),
            ])
        try database.run(
            """
            DELETE FROM log_spending WHERE month NOT IN
                (SELECT DISTINCT month FROM log_spending ORDER BY month DESC LIMIT \(StoreLimits.spendingMonths))
            """)
    }

    func asked(account: String, region: String) throws(StoreError) -> [CallerWindow] {
        var windows: [CallerWindow] = []
        try database.query(
            """
            SELECT start, "end", kinds, asked_at, query_id FROM caller_windows
            WHERE account = ?1 AND region = ?2 AND state = 'asked' ORDER BY start
            """, [.text(account), .text(region)]
        ) { row in
            windows.append(
                CallerWindow(
                    account: account, region: region,
                    range: row.minute(0)..<max(row.minute(0), row.minute(1)),
                    kinds: Self.kinds(row.text(2)), askedAt: row.integer(3), queryID: row.optionalText(4)))
        }
        return windows
    }

    func newestEnd(account: String, region: String) throws(StoreError) -> Minute? {
        // Windows do not overlap, so that the one that starts last ends last.
        try database.first(
            """
            SELECT "end" FROM caller_windows WHERE account = ?1 AND region = ?2 ORDER BY start DESC LIMIT 1
            """, [.text(account), .text(region)]
        ) { $0.minute(0) }
    }

    func forget(account: String, region: String, from minute: Minute) throws(StoreError) {
        let values: [SQLValue] = [.text(account), .text(region), .integer(minute.epochSeconds)]
        let isMeant = "account = ?1 AND region = ?2 AND state = 'unknown'"
        try database.run("DELETE FROM caller_windows WHERE \(isMeant) AND start >= ?3", values)
        try database.run(
            "UPDATE caller_windows SET \"end\" = ?3 WHERE \(isMeant) AND start < ?3 AND \"end\" > ?3", values)
    }

    /// Deletes the oldest windows that end before the minute; returns how many.
    func deleteOldest(before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        guard rows > 0 else { return 0 }
        return try database.run(
            """
            DELETE FROM caller_windows WHERE (account, region, start) IN (
                SELECT account, region, start FROM caller_windows WHERE "end" <= ?1 AND state <> 'asked' LIMIT ?2)
            """, [.integer(cut.epochSeconds), .integer(rows)])
    }

    private static let isAsked = "account = ?1 AND region = ?2 AND start = ?3 AND state = 'asked'"

    private func place(_ window: CallerWindow) -> [SQLValue] {
        [
            .text(window.account), .text(window.region), .integer(window.range.lowerBound.epochSeconds),
        ]
    }

    private static func json(_ kinds: [String]) -> String {
        // Texts always can be written.
        (try? JSONEncoder().encode(kinds)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    private static func kinds(_ json: String) -> [String] {
        // A list that cannot be read holds no kind that could be recorded.
        (try? JSONDecoder().decode([String].self, from: Data(json.utf8))) ?? []
    }
}
