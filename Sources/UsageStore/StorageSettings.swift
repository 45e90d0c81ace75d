import QuotaModel
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

/// The store's limits and settings.
enum StoreLimits {
    /// "BQEX": marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id).
    static let applicationID = 0x4251_4558
    /// How long a write waits for somebody else's lock, such as a `sqlite3` shell's.
    static let busyTimeoutMilliseconds = 5_000
    /// What SQLite writes unless told otherwise; in WAL mode it can never be changed.
    static let pageBytes = 4_096
    /// Page cache of the connection; a poll touches a few hundred kilobytes.
    static let cacheKibibytes = 2_048
    /// The WAL is copied back into the file at about 4 MB …
    static let checkpointPages = 1_000
    /// … and cut to this size after it has grown.
    static let walBytes = 8 * 1_048_576
    /// A file up to this size is checked whole at the opening (about a tenth of a second).
    static let checkedFileBytes = 64 * 1_048_576

    /// Far above AWS's 2,048 characters; a longer model ID is not recorded.
    static let modelIDBytes = 4_096
    /// One stored AWS list as JSON; a Region's 1,100 quotas take about 200 KB.
    static let inventoryBytes = 8 * 1_048_576

    /// The largest count that a Double tells exactly; a larger datapoint is not recorded.
    static let largestCount = 9_007_199_254_740_992.0
    /// Times that the store accepts: 1970 to the end of 9999.
    static let times = Minute(index: 0)..<Minute(index: 4_223_371_680)

    /// Months of which it is kept what was spent.
    static let spendingMonths = 36

    /// A longer name of a caller is cut; AWS's own are at most 256 characters.
    static let callerNameBytes = 512
    /// Callers of a pool and kind that have counters of their own; what later ones use counts for all others together.
    static let callerTotals = 1_000
    /// Minutes of callers that enter the counters at once, when a model ID has got its pool.
    static let callerMinutesCounted = 20_000

    /// Stale hours made by one step of retention, so that it never keeps a poll waiting for long.
    static let hoursRolledBeforeDeletion = 240

    /// Free pages up to this share of the file are kept; a day's minutes of a year are a third of a percent.
    static let freeShare = 0.1

    /// Existing rows between two recorded minutes are read through up to this gap; a wider one starts a new query.
    static let readThroughGapMinutes = 60
}
