import QuotaModel
import System
import UsageStore

/// The question that Logs Insights is asked of the invocation logs of a window, and the reading of its answer; pure.
///
/// A record is one line of JSON. Logs Insights finds the fields by itself, but no more than the first 200, and the content of
/// a call stands before its counts: these are looked for in the text as well. Behind `"output":{"outputContentType"` and in
/// the last place they are Bedrock's own, whatever a prompt contains.
package struct CallerQuery: Sendable {
    /// Rows of one answer: as many as fit a page. An answer with as many may lack some.
    package static let rowLimit = 10_000
    /// Of single minutes.
    private static let largestCount = 1e11
    private static let time = "bin(1m)"

    package let kinds: [CallerKind]
    private let readsIdentity: Bool
    private let keys: [String]

    /// - Parameter kinds: Each once, at least one, of those that need logs.
    package init(_ kinds: [CallerKind]) {
        self.kinds = kinds
        readsIdentity = kinds.contains { $0 == .role || $0 == .session }
        keys = kinds.compactMap { if case .metadata(let key) = $0 { key } else { nil } }
    }

    // MARK: The question

    /// At most 10,000 characters, as `kinds` are few.
    package var text: String {
        let beforeOutput = #"[^{}]*\},"output":\{"outputContentType"/"#
        var lines = [
            "filter ispresent(modelId) and not ispresent(errorCode)",
            #"parse @message /"inputTokenCount":(?<text_input>\d+)"# + beforeOutput,
            #"parse @message /"cacheReadInputTokenCount":(?<text_cache_read>\d+)"# + beforeOutput,
            #"parse @message /"cacheWriteInputTokenCount":(?<text_cache_write>\d+)"# + beforeOutput,
            #"parse @message /.*"outputTokenCount":(?<text_output>\d+)/"#,
        ]
        if readsIdentity {
            lines.append(#"parse @message /.*"identity":\{"arn":"(?<text_arn>[^"]+)"/"#)
        }
        for (index, key) in keys.enumerated() {
            lines.append(
                #"parse @message /.*"requestMetadata":\{[^{}]*"\#(Self.pattern(key))":"(?<text_meta\#(index)>[^"]*)"/"#
            )
        }
        lines.append("fields " + fields.map { "coalesce(\($1)) as \($0)" }.joined(separator: ", "))
        let sums = Self.sums.map { "sum(\($0)_count) as \($0)" }.joined(separator: ", ")
        lines.append(
            "stats count(*) as invocations, \(sums) by \(([Self.time, "modelId"] + groups).joined(separator: ", "))"
        )
        return lines.joined(separator: "\n| ")
    }

    private static let sums = ["input_tokens", "cache_read", "cache_write", "output_tokens"]

    /// Each with where it may be found.
    private var fields: [(name: String, places: String)] {
        var fields = [
            ("input_tokens_count", "input.inputTokenCount, text_input"),
            ("cache_read_count", "input.cacheReadInputTokenCount, text_cache_read"),
            ("cache_write_count", "input.cacheWriteInputTokenCount, text_cache_write"),
            ("output_tokens_count", "output.outputTokenCount, text_output"),
        ]
        if readsIdentity { fields.append(("caller_arn", "identity.arn, text_arn")) }
        for (index, key) in keys.enumerated() {
            fields.append(("meta\(index)", "\(Self.field("requestMetadata.\(key)")), text_meta\(index)"))
        }
        return fields
    }

    private var groups: [String] {
        (readsIdentity ? ["caller_arn"] : []) + keys.indices.map { "meta\($0)" }
    }

    /// Backticks where a name has more than letters, digits and points; keys hold none themselves.
    private static func field(_ name: String) -> String {
        name.allSatisfy { $0.isASCIILetterOrDigit || $0 == "." } ? name : "`\(name)`"
    }

    /// A key as a regular expression between slashes.
    private static func pattern(_ key: String) -> String {
        key.map { $0.isASCIILetterOrDigit || " _@=:,#".contains($0) ? "\($0)" : "\\\($0)" }.joined()
    }

    // MARK: The answer

    /// Why an answer cannot be used.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    /// What each caller of each kind used, minute by minute. Strict: of an answer that cannot be read whole nothing is taken.
    ///
    /// - Parameters:
    ///   - rows: Fewer than `rowLimit`.
    ///   - window: The question's end is inclusive, so that the minute behind the window may come as well; it is left out.
    package func read(
        _ rows: [[String: String]], of window: Range<Minute>
    ) throws(Unreadable) -> [CallerMinute] {
        var used: [CallerMinute.Key: CallerUse] = [:]
        for row in rows {
            let minute = try Self.minute(row)
            guard minute != window.upperBound else { continue }
            guard window.contains(minute) else {
                throw Unreadable(description: "a row is of another time than was asked for")
            }
            guard let model = row["modelId"].flatMap(LoggedModelID.init) else {
                throw Unreadable(description: "a row has no model ID that can be one")
            }
            let use = CallerUse(
                invocations: try Self.count(row, "invocations", isRequired: true),
                inputTokens: try Self.count(row, "input_tokens"),
                outputTokens: try Self.count(row, "output_tokens"),
                cacheReadInputTokens: try Self.count(row, "cache_read"),
                cacheWriteInputTokens: try Self.count(row, "cache_write"))
            for (kind, caller) in zip(kinds, callers(row)) {
                let key = CallerMinute.Key(model: model, minute: minute, kind: kind.text, caller: caller)
                used[key, default: CallerUse()] += use
            }
        }
        return used.map { CallerMinute(key: $0.key, use: $0.value) }
    }

    /// One for each kind.
    private func callers(_ row: [String: String]) -> [String] {
        let identity = row["caller_arn"].flatMap { $0.isEmpty ? nil : CallerIdentity(arn: $0) }
        return kinds.map { kind in
            let name: String? =
                switch kind {
                case .role: identity?.role
                case .session: identity?.session
                case .metadata(let key): keys.firstIndex(of: key).flatMap { row["meta\($0)"] }
                case .profile, .tag: nil
                }
            guard let name, !name.isEmpty else { return CallerMinute.nobody }
            return VisibleText.escaped(name)
        }
    }

    /// Such as `2026-11-29 11:30:00.000`, in UTC.
    private static func minute(_ row: [String: String]) throws(Unreadable) -> Minute {
        guard let text = row[time], text.utf8.count == 23,
            let seconds = ExpirationTimestamp.parse(text + "Z")?.timeIntervalSince1970,
            let whole = Int(exactly: seconds), whole >= 0, whole % 60 == 0
        else { throw Unreadable(description: "a row has no time of a minute") }
        return Minute(containingEpochSeconds: whole)
    }

    /// A sum over records none of which has the field is left out: nothing was used.
    private static func count(
        _ row: [String: String], _ name: String, isRequired: Bool = false
    ) throws(Unreadable) -> Int {
        guard let text = row[name], !text.isEmpty else {
            guard !isRequired else { throw Unreadable(description: "a row has no \(name)") }
            return 0
        }
        // Double would read hexadecimal and names of infinity as well.
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+.Ee".utf8.contains($0) }),
            let value = Double(text), (0...largestCount).contains(value), let whole = Int(exactly: value)
        else { throw Unreadable(description: "\(name) of a row is no count") }
        return whole
    }
}
