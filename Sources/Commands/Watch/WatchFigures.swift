/// How figures are written where there is little room.
enum WatchFigures {
    private static let units: [(limit: Double, divisor: Double, suffix: String)] = [
        (999.5, 1, ""), (999_500, 1e3, "k"), (999_500_000, 1e6, "M"), (.infinity, 1e9, "G"),
    ]

    /// Three digits at most, such as `950`, `12.3k`, `3.28M`.
    static func compact(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        guard let unit = units.first(where: { value < $0.limit }) else { return "?" }
        let scaled = value / unit.divisor
        let decimals = unit.divisor == 1 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2
        return decimal(scaled, decimals, trimmed: true) + unit.suffix
    }

    /// `82 %`, `7.4 %` below ten, `-` for what is not known.
    static func percent(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return "-" }
        let value = ratio * 100
        return decimal(value, value < 9.95 ? 1 : 0, trimmed: false) + " %"
    }

    /// With commas between thousands.
    static func whole(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 0x1p53 else { return "?" }
        var digits = String(Int(value.rounded().magnitude))
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + parts).joined(separator: ",")
    }

    /// `14:02:37` in UTC.
    static func clock(_ epochSeconds: Double, seconds: Bool = true) -> String {
        let second = Int(epochSeconds.rounded(.down)) % 86_400
        let parts = [second / 3600, second / 60 % 60] + (seconds ? [second % 60] : [])
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    /// `42 s`, `3 min`, `5 h`, `2 d`.
    static func age(_ seconds: Double) -> String {
        let whole = max(0, Int(seconds.rounded(.down)))
        switch whole {
        case ..<120: return "\(whole) s"
        case ..<7200: return "\(whole / 60) min"
        case ..<172_800: return "\(whole / 3600) h"
        case _: return "\(whole / 86_400) d"
        }
    }

    /// `prefix` and `word`, which gets an s for all but one.
    static func count(_ number: Int, _ word: String) -> String {
        "\(number) \(word)\(number == 1 ? "" : "s")"
    }

    private static func decimal(_ value: Double, _ decimals: Int, trimmed: Bool) -> String {
        let scale = decimals == 0 ? 1.0 : decimals == 1 ? 10 : 100
        let hundredths = Int((value * scale).rounded())
        guard decimals > 0 else { return "\(hundredths)" }
        let fraction = String(hundredths % Int(scale))
        let padded = String(repeating: "0", count: decimals - fraction.count) + fraction
        let kept = trimmed && padded.allSatisfy { $0 == "0" } ? "" : padded
        return "\(hundredths / Int(scale))" + (kept.isEmpty ? "" : ".\(kept)")
    }
}
