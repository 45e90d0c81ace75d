import SQLite

/// Alerts that are pending or firing, and what receivers are still to be told.
extension UsageStore {
    /// Everything that is kept of alerts, as `updateAlerts` left it.
    package func alertState() throws(StoreError) -> StoredAlertState {
        try use("read the state of alerts") { (database) throws(StoreError) in
            try AlertTables(database).read()
        }
    }

    /// Brings the stored state of alerts and the notifications that come of it up to date, in one transaction.
    package func updateAlerts(_ change: StoredAlertChange) throws(StoreError) {
        try write("store the state of alerts") { (database) throws(StoreError) in
            try AlertTables(database).apply(change)
        }
    }
}
