/// What bars and marks are drawn with.
struct WatchGlyphs: Equatable, Sendable {
    let ellipsis: Character
    let dot: String
    let arrows: String
    /// The first cells of a bar by eighths, the last one full.
    private let parts: [Character]
    private let empty: Character
    /// From the least to the most.
    private let levels: [Character]
    private let unknown: Character

    static let unicode = WatchGlyphs(
        ellipsis: "…", dot: " · ", arrows: "↑↓", parts: Array("▏▎▍▌▋▊▉█"), empty: "░",
        levels: Array("▁▂▃▄▅▆▇█"),
        unknown: " ")
    static let ascii = WatchGlyphs(
        ellipsis: "~", dot: " | ", arrows: "up/down", parts: ["#"], empty: ".", levels: Array(".-=+*#%@"),
        unknown: " ")

    /// By the variables that decide a program's character set (POSIX, XBD 8.2).
    static func forLocale(_ variables: [String: String]) -> WatchGlyphs {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
        let name = (set ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8") ? .unicode : .ascii
    }

    /// A bar of a ratio between 0 and 1; more is a full bar. What is not known is blank.
    func bar(_ ratio: Double?, width: Int) -> (full: String, rest: String) {
        guard let ratio, ratio.isFinite else { return ("", String(repeating: " ", count: width)) }
        let share = max(0, min(1, ratio)) * Double(width)
        var whole = Int(share)
        var part = Int((share - Double(whole)) * Double(parts.count))
        // The least use shows, and only a full quota fills the bar.
        if whole == 0, part == 0, ratio > 0 { part = 1 }
        if parts.count == 1, part == 1 {
            whole = max(1, whole)
            part = 0
        }
        let full =
            String(repeating: parts[parts.count - 1], count: whole)
            + (part > 0 && whole < width ? String(parts[part - 1]) : "")
        return (full, String(repeating: empty, count: width - full.count))
    }

    /// One character a minute; a full quota is the highest.
    func sparkline(_ ratios: [Double?]) -> String {
        String(
            ratios.map { ratio in
                guard let ratio, ratio.isFinite else { return unknown }
                let place = Int(max(0, min(1, ratio)) * Double(levels.count))
                return levels[min(levels.count - 1, place)]
            })
    }
}
