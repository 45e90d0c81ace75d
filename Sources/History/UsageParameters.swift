import QuotaModel
import System
import UsageStore

/// A question about history out of flags or of a URL's parameters: one reader for both, so that both mean the same.
package struct UsageParameters: Equatable, Sendable {
    /// How an answer is written.
    package enum Format: String, CaseIterable, Sendable {
        case table
        case csv
        case json
        case openmetrics
    }

    /// Where the parameters were typed, which decides how messages name them.
    package enum Surface: Sendable {
        case commandLine
        case url

        fileprivate func name(_ parameter: Parameter) -> String {
            switch self {
            case .commandLine: "--\(parameter.flag)"
            case .url: parameter.rawValue
            }
        }
    }

    /// The raw value is the URL's spelling.
    package enum Parameter: String, CaseIterable, Sendable {
        case start
        case end
        case step
        case account
        case region
        case scope
        case model
        case modelID = "model_id"
        case by
        case callerKind = "caller_kind"
        case format

        /// The spelling without leading dashes.
        package var flag: String { rawValue.replacing("_", with: "-") }
    }

    package var query: UsageQuery
    package var format: Format
    package let surface: Surface
    /// How many callers of each pool are shown one by one, the largest first; nil for all, by name.
    package var top: Int?

    package var stepMinutes: Int { query.stepMinutes ?? query.range.count }
    /// Single minutes, as remote write sends them: the metrics decide the labels.
    package var isMinuteExport: Bool { format == .openmetrics && stepMinutes == 1 }
    package var stepCount: Int { (query.range.count + stepMinutes - 1) / stepMinutes }

    package func name(_ parameter: Parameter) -> String { surface.name(parameter) }

    // MARK: Reading

    /// - Parameters:
    ///   - items: Names as the surface spells them; URLs may also write `model-id`.
    ///   - formats: What the surface can answer, the default first.
    ///   - now: Unix seconds.
    package static func read(
        _ items: [(name: String, value: String)], surface: Surface, formats: [Format], now: Int
    ) throws(UsageRequestError) -> UsageParameters {
        let reader = UsageParameterReader(values: try values(items, surface), surface: surface, now: now)
        let format = try reader.format(formats)
        let step = try reader.stepMinutes(
            default: format == .openmetrics ? 1 : HistoryLimits.defaultStepMinutes)
        if format == .openmetrics, step == 1, reader[.by] != nil {
            throw UsageRequestError(
                "\(surface.name(.by)) does not go with openmetrics in steps of 1m, whose metrics have fixed labels; "
                    + "leave it out or take a longer \(surface.name(.step))")
        }
        var query = UsageQuery(
            range: try reader.range(stepMinutes: step), stepMinutes: step, account: reader[.account],
            region: reader[.region], scope: try reader.scope(), model: reader[.model],
            modelID: reader[.modelID],
            groupBy: try reader.groupBy())
        query.callerKind = try CallersParameters.kind(reader[.callerKind], surface.name(.callerKind))
        if reader[.callerKind] != nil, !query.isByCaller {
            throw UsageRequestError(
                "\(surface.name(.callerKind)) goes with caller in \(surface.name(.by)), which is missing")
        }
        if format == .openmetrics, query.isByCaller {
            throw UsageRequestError("\(surface.name(.by)): caller does not go with openmetrics")
        }
        return UsageParameters(query: query, format: format, surface: surface)
    }

    private static func values(
        _ items: [(name: String, value: String)], _ surface: Surface
    ) throws(UsageRequestError) -> [Parameter: String] {
        var values: [Parameter: String] = [:]
        for (name, value) in items {
            guard let parameter = Parameter.allCases.first(where: { $0.rawValue == name || $0.flag == name })
            else {
                let known = Parameter.allCases.map(surface.name).joined(separator: ", ")
                throw UsageRequestError(
                    "unknown parameter \(VisibleText.quoted(name)); the parameters are \(known)")
            }
            guard values[parameter] == nil else {
                throw UsageRequestError("\(surface.name(parameter)) is given twice")
            }
            guard !value.isEmpty else { throw UsageRequestError("\(surface.name(parameter)) is empty") }
            values[parameter] = value
        }
        return values
    }
}

/// The values of parameters, each read by its own rules.
private struct UsageParameterReader {
    let values: [UsageParameters.Parameter: String]
    let surface: UsageParameters.Surface
    let now: Int

    subscript(parameter: UsageParameters.Parameter) -> String? { values[parameter] }

    func format(_ allowed: [UsageParameters.Format]) throws(UsageRequestError) -> UsageParameters.Format {
        guard let text = self[.format] else { return allowed[0] }
        guard let format = UsageParameters.Format(rawValue: text), allowed.contains(format) else {
            throw refusal(.format, text, "is not a format", allowed.map(\.rawValue).joined(separator: ", "))
        }
        return format
    }

    func stepMinutes(default usual: Int) throws(UsageRequestError) -> Int {
        guard let text = self[.step] else { return usual }
        guard let seconds = TimeSpan(text)?.seconds ?? Int(text), seconds % 60 == 0,
            HistoryLimits.stepMinutes.contains(seconds / 60)
        else {
            throw refusal(.step, text, "is not a step", "whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d")
        }
        return seconds / 60
    }

    func scope() throws(UsageRequestError) -> InferenceScope? {
        guard let text = self[.scope] else { return nil }
        guard let scope = InferenceScope(rawValue: text) else {
            let allowed = InferenceScope.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal(.scope, text, "is not a scope", allowed)
        }
        return scope
    }

    func groupBy() throws(UsageRequestError) -> [UsageQuery.Dimension] {
        guard let text = self[.by] else { return UsageQuery.defaultGroupBy }
        if text == "none" { return [] }
        var dimensions: [UsageQuery.Dimension] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(part)
            guard let dimension = UsageQuery.Dimension(rawValue: name.replacing("-", with: "_")) else {
                let allowed = UsageQuery.Dimension.allCases.map(\.rawValue).joined(separator: ", ")
                throw refusal(.by, name, "is not known", "\(allowed), with commas between them, or none")
            }
            guard !dimensions.contains(dimension) else {
                throw UsageRequestError("\(surface.name(.by)): \(name) is given twice")
            }
            dimensions.append(dimension)
        }
        return dimensions
    }

    // MARK: Time

    /// Whole minutes. A start that is counted back from now lies on a multiple of the step in UTC, so that steps are
    /// hours and days of the clock; an end beyond now is now.
    func range(stepMinutes: Int) throws(UsageRequestError) -> Range<Minute> {
        let typedEnd = try time(.end)
        let end =
            typedEnd.map { min(Minute(containingEpochSeconds: $0.epochSeconds + 59), following) } ?? current
        let typedStart = try time(.start)
        let seconds = typedStart?.epochSeconds ?? (end.epochSeconds - HistoryLimits.defaultRangeMinutes * 60)
        var start = Minute(containingEpochSeconds: seconds)
        if typedStart?.isRelative ?? (typedEnd?.isRelative ?? true) {
            start = Minute(index: start.index / stepMinutes * stepMinutes)
        }
        guard start < end else { throw emptyRange(start, end) }
        return start..<end
    }

    private var current: Minute { Minute(containingEpochSeconds: now) }
    private var following: Minute { current.advanced(by: 1) }

    private func time(_ parameter: UsageParameters.Parameter) throws(UsageRequestError) -> UsageTime? {
        guard let text = self[parameter] else { return nil }
        guard let time = UsageTime(text, now: now) else {
            let hint = surface == .url && text.contains(" ") ? "; in a URL, + is written as %2B" : ""
            throw refusal(parameter, text, "is not a time", UsageTime.forms + hint)
        }
        guard HistoryLimits.epochSeconds.contains(time.epochSeconds) else {
            let milliseconds = HistoryLimits.epochSeconds.contains(time.epochSeconds / 1000)
            throw UsageRequestError(
                "\(surface.name(parameter)): \(VisibleText.quoted(text)) is not within the years 2000 to 2099"
                    + (milliseconds ? "; it looks like milliseconds, and seconds are meant" : ""))
        }
        // `now` and `-5m` end with a whole minute: the one in progress is not over.
        guard parameter == .end, time.isRelative else { return time }
        return UsageTime(
            epochSeconds: Minute(containingEpochSeconds: time.epochSeconds).epochSeconds, isRelative: true)
    }

    private func emptyRange(_ start: Minute, _ end: Minute) -> UsageRequestError {
        let start = CivilTime.text(start.epochSeconds)
        guard self[.start].flatMap({ UsageTime($0, now: now) })?.epochSeconds ?? 0 <= now else {
            return UsageRequestError(
                "\(surface.name(.start)) (\(start)) lies in the future; it is \(CivilTime.text(now))")
        }
        return UsageRequestError(
            "\(surface.name(.start)) (\(start)) is not before \(surface.name(.end)) (\(CivilTime.text(end.epochSeconds)))"
        )
    }

    private func refusal(
        _ parameter: UsageParameters.Parameter, _ text: String, _ what: String, _ allowed: String
    ) -> UsageRequestError {
        UsageRequestError(
            "\(surface.name(parameter)): \(VisibleText.quoted(text)) \(what); allowed: \(allowed)")
    }
}
