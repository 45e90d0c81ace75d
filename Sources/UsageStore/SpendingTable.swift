import SQLite

/// How many metrics CloudWatch has billed for an account's Region in a calendar month, UTC.
package struct MonthSpending: Hashable, Sendable {
    package let account: String
    package let region: String
    /// Such as `2026-11`.
    package let month: String
    /// All that was asked for in the month; never a difference, so that writing it twice changes nothing.
    package let billedMetrics: Int

    package init(account: String, region: String, month: String, billedMetrics: Int) {
        self.account = account
        self.region = region
        self.month = month
        self.billedMetrics = billedMetrics
    }
}

/// What was spent, beside the polls that spent it.
extension UsageStore {
    /// Notes counts; one that is lower than what is stored changes nothing.
    package func recordSpending(_ spending: [MonthSpending]) throws(StoreError) {
        try write("note what was spent") { (database) throws(StoreError) in
            try SpendingTable(database).raise(to: spending)
        }
    }

    /// The counts of the newest months, also of Regions that are watched no more.
    package func spending() throws(StoreError) -> [MonthSpending] {
        try use("read what was spent") { (database) throws(StoreError) in
            try SpendingTable(database).all()
        }
    }
}

/// Table `spending`: a row for each month and Region.
struct SpendingTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Call inside a transaction.
    func raise(to spending: [MonthSpending]) throws(StoreError) {
        for item in spending {
            let values: [SQLValue] = [.text(item.month), .text(item.account), .text(item.region)]
            let isKnown =
                try database.first(
                    "SELECT 1 FROM spending WHERE month = ?1 AND account = ?2 AND region = ?3", values
                ) { _ in true } ?? false
            try database.run(
                """
                INSERT INTO spending (month, account, region, billed_metrics) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET billed_metrics = max(billed_metrics, excluded.billed_metrics)
                """, values + [.integer(item.billedMetrics)])
            if !isKnown { try dropOld() }
        }
    }

    func all() throws(StoreError) -> [MonthSpending] {
        var spending: [MonthSpending] = []
        try database.query(
            "SELECT account, region, month, billed_metrics FROM spending ORDER BY month, account, region"
        ) { row in
            spending.append(
                MonthSpending(
                    account: row.text(0), region: row.text(1), month: row.text(2),
                    billedMetrics: row.integer(3)))
        }
        return spending
    }

    private func dropOld() throws(StoreError) {
        try database.run(
            """
            DELETE FROM spending WHERE month NOT IN
                (SELECT DISTINCT month FROM spending ORDER BY month DESC LIMIT \(StoreLimits.spendingMonths))
            """)
    }
}
