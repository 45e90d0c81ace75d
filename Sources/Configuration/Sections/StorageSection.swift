import System
import UsageStore

/// Section `storage`.
enum StorageSection {
    private static let standard = BackupSettings(path: "")

    private static let backup: [Field<BackupSettings>] = [
        .required(
            "path", \.path, .printable("folder path", atMost: ConfigurationLimits.pathCharacters),
            "Where the daemon puts copies of the store; without it none are made."),
        .value(
            "interval", \.interval, .duration(.minutes(1), to: .days(366)),
            "How often a copy is made; \(standard.interval)."),
        .value(
            "keep", \.keep, .integer(1...1000),
            "How many copies are kept; an old one goes when a new one was found whole; \(standard.keep)."),
    ]

    static let fields: [Field<StorageSettings>] = [
        .value("path", \.path, .filePath, "The SQLite file that holds the usage."),
        // Tokens per day and the 24-hour peak need the whole last day.
        .value(
            "minute_retention", \.minuteRetention, .duration(.days(2), to: .years(20)),
            "How long single minutes are kept."),
        .value(
            "rollup_retention", \.rollupRetention, .duration(.days(2), to: .years(20)),
            "How long hours and days are kept."),
        .optionalGroup("backup", \.backup, defaults: standard, backup),
        .check { section, storage in
            guard storage.rollupRetention < storage.minuteRetention else { return }
            section.report(
                "rollup_retention",
                "\(storage.rollupRetention) is shorter than minute_retention, \(storage.minuteRetention); allowed: at least as long"
            )
        },
    ]
}
