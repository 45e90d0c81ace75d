import QuotaModel
import SQLite

/// A quota with the pool it limits, within one account and Region.
package struct PoolQuota: Equatable, Sendable {
    package let scope: InferenceScope
    /// The base model ID.
    package let model: String
    package let quota: Quota

    package init(scope: InferenceScope, model: String, quota: Quota) {
        self.scope = scope
        self.model = model
        self.quota = quota
    }
}

/// One change of a quota: what it was from a time on.
package struct QuotaChange: Equatable, Sendable {
    package let scope: InferenceScope
    package let model: String
    package let kind: QuotaKind
    /// Unix seconds.
    package let seenFrom: Int
    /// Nil: from here on it was gone.
    package let quota: Quota?
}

/// Table `quota_values`: a row only when a quota changed, so that a past minute is divided by the quota of its day.
struct QuotaHistory {
    private struct Key: Hashable, Comparable {
        let scope: InferenceScope
        let model: String
        let kind: QuotaKind

        static func < (a: Self, b: Self) -> Bool { (a.scope, a.model, a.kind) < (b.scope, b.model, b.kind) }
    }

    private static let columns = "scope, model, quota, value, source, quota_code"

    private let database: Database
    private let account: String
    private let region: String

    init(_ database: Database, account: String, region: String) {
        self.database = database
        self.account = account
        self.region = region
    }

    /// Notes what differs from the newest rows, quotas that are gone included; returns the number of changes.
    func record(_ quotas: [PoolQuota], at time: Int) throws(StoreError) -> Int {
        var newest: [Key: QuotaChange] = [:]
        for change in try newestChanges(upTo: .max) {
            newest[Key(scope: change.scope, model: change.model, kind: change.kind)] = change
        }
        var wanted: [Key: Quota] = [:]
        for item in quotas where item.quota.limit.isFinite {
            wanted[Key(scope: item.scope, model: item.model, kind: item.quota.kind)] = item.quota
        }
        var changes = 0
        for key in Set(newest.keys).union(wanted.keys).sorted() where newest[key]?.quota != wanted[key] {
            // A clock that went back must not hide the change behind the newest row.
            let seenFrom = max(time, newest[key]?.seenFrom ?? time)
            try insert(key, wanted[key], seenFrom: seenFrom)
            changes += 1
        }
        return changes
    }

    /// The quotas in force at a time, or now; none from before the first that was seen.
    func quotas(at time: Int?) throws(StoreError) -> [PoolQuota] {
        try newestChanges(upTo: time ?? .max).compactMap { change in
            change.quota.map { PoolQuota(scope: change.scope, model: change.model, quota: $0) }
        }
    }

    /// Every change, by quota and time.
    func changes() throws(StoreError) -> [QuotaChange] {
        try read(
            """
            SELECT \(Self.columns), seen_from FROM quota_values
            WHERE account = ?1 AND region = ?2 ORDER BY scope, model, quota, seen_from
            """, [])
    }

    /// Of each quota the last change up to a time.
    private func newestChanges(upTo time: Int) throws(StoreError) -> [QuotaChange] {
        // A bare column beside max() comes from the row of the maximum (https://www.sqlite.org/lang_select.html, 2.5).
        try read(
            """
            SELECT \(Self.columns), max(seen_from) FROM quota_values
            WHERE account = ?1 AND region = ?2 AND seen_from <= ?3 GROUP BY scope, model, quota
            """, [.integer(time)])
    }

    private func read(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [QuotaChange] {
        var found: [QuotaChange] = []
        try database.query(sql, [.text(account), .text(region)] + values) { (row) throws(StoreError) in
            found.append(try change(row))
        }
        return found
    }

    private func insert(_ key: Key, _ quota: Quota?, seenFrom: Int) throws(StoreError) {
        try database.run(
            """
            REPLACE INTO quota_values (account, region, \(Self.columns), seen_from)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(account), .text(region), .text(key.scope.rawValue), .text(key.model),
                .text(key.kind.rawValue),
                SQLValue(number: quota?.limit), SQLValue(text: quota?.source.rawValue),
                SQLValue(text: quota?.code),
                .integer(seenFrom),
            ])
    }

    private func change(_ row: Statement) throws(StoreError) -> QuotaChange {
        guard let scope = InferenceScope(rawValue: row.text(0)) else { throw unusable("scope", row.text(0)) }
        guard let kind = QuotaKind(rawValue: row.text(2)) else { throw unusable("quota", row.text(2)) }
        var quota: Quota?
        if let limit = row.optionalDouble(3) {
            guard let source = LimitSource(rawValue: row.text(4)) else {
                throw unusable("source", row.text(4))
            }
            quota = Quota(kind: kind, limit: limit, source: source, code: row.optionalText(5))
        }
        return QuotaChange(
            scope: scope, model: row.text(1), kind: kind, seenFrom: row.integer(6), quota: quota)
    }

    private func unusable(_ column: String, _ text: String) -> StoreError {
        StoreError(
            cause: .unusableValue, attempt: "read quotas", path: database.path,
            reason: "table quota_values holds \(column) \"\(text)\", which this program does not know")
    }
}
