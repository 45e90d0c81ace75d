/// Rows of a query by caller that are no caller's. No name that AWS allows for a caller has parentheses.
package enum CallerRow {
    /// CloudWatch's use in minutes that the logs were read for, less what the logs tell of.
    package static let notInLogs = "(not in the logs)"
    /// CloudWatch's use in minutes that the logs were not read for.
    package static let notRead = "(not read)"
    /// The callers that are too many to be told one by one.
    package static let other = CallerMinute.others
    package static let noProfile = "(no application profile)"
    /// An application inference profile that lacks the tag.
    package static let none = CallerMinute.nobody
    /// One whose tags have not been read.
    package static let unknownTags = "(tags not known)"

    /// What comes after all callers, in this order.
    package static let last = [noProfile, notInLogs, notRead]
}

/// What a query by caller tells besides the use.
package struct CallerFigures: Equatable, Sendable {
    /// The row's part of all quota tokens of the step and of the other dimensions' values; where none are weighed, of input and
    /// output tokens. Nil without use.
    package var share: Double?
    /// Of the minutes in which the pool's use is expected to be known, those that the logs were read for; nil for kinds that need
    /// no logs, and where none is expected.
    package var logCoverage: Double?
    /// Quota tokens that the logs tell of beyond CloudWatch's, whose minute came late or will be revised. The rows of the step add
    /// up to CloudWatch's and these.
    package var logsExceedQuotaTokens: Double?

    package init() {}
}

/// What there is of callers in a query's selection.
package struct CallerSources: Equatable, Sendable {
    /// The kinds that can be asked for, ascending.
    package var kinds: [String] = []
    /// Callers of the query's kind in the account's Region that has most.
    package var callerCount = 0
    /// Windows of the query's range, whatever their kinds, that the logs were read for, and could not be read for.
    package var windowsRead = 0
    package var windowsUnknown = 0
    /// Why the newest of those is unknown.
    package var lastReason: String?

    package init() {}
}
