/// Every bound on configurations.
package enum ConfigurationLimits {
    /// The largest file read, in bytes.
    package static let fileBytes = 1 << 20
    static let shownProblems = 20
    /// Problems kept for sorting by line; further ones are only counted.
    static let collectedProblems = 500

    static let yamlDepth = 32
    static let yamlNodes = 20_000
    /// YAML 1.2, 7.4.2 allows 1,024.
    static let yamlKeyCharacters = 1000

    static let allowedHosts = 64
    static let users = 64
    static let userNameCharacters = 64
    /// A cost of 16 already keeps a core busy for several seconds at each login.
    static let bcryptCost = 4...16
    static let maxRequests = 1...1000
    static let pathCharacters = 4096
    static let telemetryPathCharacters = 128
    static let urlCharacters = 2048
    static let hostCharacters = 253

    static let accounts = 50
    static let regionsPerAccount = 50
    static let nameCharacters = 64
    static let profileCharacters = 128
    /// STS AssumeRole, parameter ExternalId.
    static let externalIDCharacters = 2...1224
    static let arnCharacters = 2048

    static let overrides = 1000
    static let burndownRates = 200
    static let modelCharacters = 256
    /// A quota of 0 means "not permitted".
    static let quota = 0.0...1e15
    static let burndownRate = 0.01...1000.0

    static let receivers = 32
    static let alertOverrides = 1000
    static let alertMinutes = 1...60
    static let forecastDays = 1...365
    static let errorFloor = 1.0...1e9
    static let clientErrorDeviations = 1.0...100.0
    static let resend = TimeSpan.seconds(10)...TimeSpan.hours(1)
    /// A Region is not stale before CloudWatch has had time for its own delays.
    static let staleAfter = TimeSpan.minutes(5)...TimeSpan.days(1)
    static let commandArguments = 32
    static let argumentCharacters = 4096

    static let remoteWriteReceivers = 16
    /// Of a host with its port.
    static let remoteWriteNameCharacters = 260
    static let remoteWriteUserCharacters = 256
    static let remoteWriteStart = TimeSpan.seconds(0)...TimeSpan.years(20)
    static let externalLabels = 16
    static let externalLabelCharacters = 256

    static let interval = TimeSpan.seconds(1)...TimeSpan.hours(1)
    /// CloudWatch keeps hourly data for 455 days; re-reading more than a day on every poll costs without use.
    static let rereadWindow = TimeSpan.seconds(2)...TimeSpan.days(1)
    static let settleDelay = TimeSpan.seconds(1)...TimeSpan.hours(3)
    /// CloudWatch is at times half an hour late; unknown for longer than a working day helps nobody.
    static let silenceTimeout = TimeSpan.minutes(1)...TimeSpan.hours(8)
    /// CloudWatch's minutes wait for 15 days, but figures should not.
    static let relaxedInterval = TimeSpan.seconds(1)...TimeSpan.hours(1)
    /// US dollars; the least is a thousand metrics.
    static let monthlyBudget = 0.01...1_000_000.0
    static let discoveryInterval = TimeSpan.seconds(1)...TimeSpan.days(1)
    static let quotaInterval = TimeSpan.seconds(1)...TimeSpan.days(7)
    static let backfill = TimeSpan.minutes(1)...TimeSpan.days(455)
    /// Tokens per day and the 24-hour peak need the whole last day.
    static let minuteRetention = TimeSpan.days(2)...TimeSpan.years(20)
    static let rollupRetention = TimeSpan.days(2)...TimeSpan.years(20)
    static let backupInterval = TimeSpan.minutes(1)...TimeSpan.days(366)
    static let backupsKept = 1...1000
    static let alertFor = TimeSpan.seconds(1)...TimeSpan.days(1)
}
