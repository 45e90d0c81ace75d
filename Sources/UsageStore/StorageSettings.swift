import System

/// The store: its file, and how long it keeps what.
package struct StorageSettings: Equatable, Sendable {
    /// A path of the SQLite file, relative to the working directory unless it begins with `/`.
    package var path = "./data/usage.db"
    /// How long single minutes are kept.
    package var minuteRetention = TimeSpan.days(400)
    /// How long the coarser tables are kept; never shorter than the minutes.
    package var rollupRetention = TimeSpan.years(5)
    /// The copies that the daemon makes by itself; nil for none.
    package var backup: BackupSettings?

    package init() {}
}

/// Copies of the store: where they lie, how often one is made, and how many are kept.
package struct BackupSettings: Equatable, Sendable {
    /// A folder, relative to the working directory unless it begins with `/`.
    package var path: String
    package var interval = TimeSpan.days(1)
    package var keep = 7

    package init(path: String) {
        self.path = path
    }
}
