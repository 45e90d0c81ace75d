import QuotaModel
import System
import UsageStore

/// The parameters of `callers` and of `/api/v1/callers`: those of `query` but `by`, the kind of caller, and how many are shown.
package enum CallersParameters {
    /// Callers of a pool that are shown one by one.
    static let top = 1...100
    package static let defaultTop = 10
    /// One row a caller over the whole range.
    package static let wholeRange = "total"

    private static let names = [
        "start", "end", "step", "account", "region", "scope", "model", "model_id", "kind", "top", "format",
    ]

    /// The names as the surface spells them.
    private static func spelled(_ name: String, _ surface: UsageParameters.Surface) -> String {
        switch surface {
        case .commandLine: "--\(name == "model_id" ? "model-id" : name)"
        case .url: name
        }
    }

    /// Reads them as `UsageParameters.read` does.
    package static func read(
        _ items: [(name: String, value: String)], surface: UsageParameters.Surface,
        formats: [UsageParameters.Format], now: Int
    ) throws(UsageRequestError) -> UsageParameters {
        var passed: [(name: String, value: String)] = []
        var own: [String: String] = [:]
        for (name, value) in items {
            let name = name.replacing("-", with: "_")
            guard names.contains(name) else {
                let known = names.map { spelled($0, surface) }.joined(separator: ", ")
                throw UsageRequestError(
                    "unknown parameter \(VisibleText.quoted(name)); the parameters are \(known)")
            }
            guard ["kind", "top", "step"].contains(name) else {
                passed.append((name, value))
                continue
            }
            guard own.updateValue(value, forKey: name) == nil else {
                throw UsageRequestError("\(spelled(name, surface)) is given twice")
            }
        }
        let kind = try kind(own["kind"], spelled("kind", surface))
        let step = own["step"] ?? wholeRange
        // A start that is counted back is rounded down to the minute where there are no steps.
        passed.append(("step", step == wholeRange ? "1m" : step))
        passed.append(("by", (UsageQuery.defaultGroupBy + [.caller]).map(\.rawValue).joined(separator: ",")))
        var parameters = try UsageParameters.read(passed, surface: surface, formats: formats, now: now)
        if step == wholeRange { parameters.query.stepMinutes = nil }
        parameters.query.callerKind = kind
        parameters.top = try number(own["top"], spelled("top", surface))
        return parameters
    }

    static func kind(_ text: String?, _ name: String) throws(UsageRequestError) -> CallerKind {
        guard let text else { return .role }
        guard let kind = CallerKind(text) else {
            throw UsageRequestError(
                "\(name): \(VisibleText.quoted(text)) is not a kind of caller; allowed: \(CallerKind.forms)"
            )
        }
        return kind
    }

    private static func number(_ text: String?, _ name: String) throws(UsageRequestError) -> Int {
        guard let text else { return defaultTop }
        guard let number = Int(text), top.contains(number) else {
            throw UsageRequestError(
                "\(name): \(VisibleText.quoted(text)) is not a number of callers; allowed: \(top.lowerBound) to "
                    + "\(top.upperBound)")
        }
        return number
    }
}
