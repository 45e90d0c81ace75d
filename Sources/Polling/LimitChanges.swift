import Alerting
import QuotaModel
import UsageStore

/// The last time that each quota's limit moved.
struct LimitChanges {
    struct Key: Hashable {
        let pool: ScopedModel
        let kind: QuotaKind
    }

    private var changes: [Key: LimitChange] = [:]

    init() {}

    /// Out of every change of every quota, each quota's ascending by time. A quota that comes for the first time, is
    /// gone, or only changes its source has not moved.
    init(_ history: [QuotaChange]) {
        var last: [Key: Double] = [:]
        for entry in history {
            guard let limit = entry.quota?.limit else { continue }
            let key = Key(pool: ScopedModel(scope: entry.scope, model: entry.model), kind: entry.kind)
            if let previous = last[key], previous != limit {
                changes[key] = LimitChange(previousLimit: previous, seenAt: Double(entry.seenFrom))
            }
            last[key] = limit
        }
    }

    subscript(pool: QuotaPool, kind: QuotaKind) -> LimitChange? {
        changes[Key(pool: pool.scopedModel, kind: kind)]
    }
}
