/// The store: its file, and how long it keeps what.
package struct StorageConfiguration: Equatable, Sendable {
    /// A path of the SQLite file, relative to the working directory unless it begins with `/`.
    package var path = "./data/usage.db"
    /// How long single minutes are kept.
    package var minuteRetention = TimeSpan.days(400)
    /// How long the coarser tables are kept; never shorter than the minutes.
    package var rollupRetention = TimeSpan.years(5)
    /// The copies that the daemon makes by itself; nil for none.
    package var backup: BackupConfiguration?

    package init() {}

    init(_ section: SectionReader) {
        let mark = section.problems.count
        let standard = StorageConfiguration()
        path = section.value("path", default: standard.path, StorageConfiguration.path)
        minuteRetention = section.value("minute_retention", default: standard.minuteRetention) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.minuteRetention)
        }
        rollupRetention = section.value("rollup_retention", default: standard.rollupRetention) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.rollupRetention)
        }
        backup = section.section("backup").flatMap { BackupConfiguration($0) }
        guard rollupRetention < minuteRetention, section.problems.count == mark else { return }
        section.report(
            "rollup_retention",
            "\(rollupRetention) is shorter than minute_retention, \(minuteRetention); allowed: at least as long"
        )
    }

    /// Checks a path of a file.
    static func path(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let path = try scalar.printable(atMost: ConfigurationLimits.pathCharacters)
        guard !path.hasSuffix("/") else {
            throw InvalidValue(
                "\(scalar.shown) is a folder; allowed: the path of a file, such as ./data/usage.db")
        }
        return path
    }
}

/// Copies of the store: where they lie, how often one is made, and how many are kept.
package struct BackupConfiguration: Equatable, Sendable {
    /// A folder, relative to the working directory unless it begins with `/`.
    package var path: String
    package var interval = TimeSpan.days(1)
    package var keep = 7

    package init(path: String) {
        self.path = path
    }

    init?(_ section: SectionReader) {
        let folder = section.required("path") { scalar throws(InvalidValue) in
            try scalar.printable(atMost: ConfigurationLimits.pathCharacters)
        }
        guard let folder else { return nil }
        let standard = BackupConfiguration(path: folder)
        path = folder
        interval = section.value("interval", default: standard.interval) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.backupInterval)
        }
        keep = section.value("keep", default: standard.keep) {
            scalar throws(InvalidValue) in try scalar.integer(in: ConfigurationLimits.backupsKept)
        }
    }
}
