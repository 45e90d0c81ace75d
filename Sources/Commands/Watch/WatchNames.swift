/// Names of models that are short and still tell the rows apart.
struct WatchNames: Sendable {
    private var names: [String: String] = [:]

    /// - Parameter models: All models that are shown together.
    init(_ models: some Sequence<String>) {
        var groups: [String: Set<String>] = [:]
        for model in models { groups[Self.short(model), default: []].insert(model) }
        for (short, models) in groups {
            for model in models { names[model] = models.count == 1 ? short : model }
        }
    }

    subscript(model: String) -> String { names[model] ?? model }

    /// `claude-haiku-4-5` for `anthropic.claude-haiku-4-5-20251001-v1:0`: without vendor, date and first version.
    static func short(_ model: String) -> String {
        var name = Substring(model)
        if let dot = name.firstIndex(of: "."), name[..<dot].allSatisfy({ $0.isLetter || $0.isNumber }) {
            name = name[name.index(after: dot)...]
        }
        let version = version(at: name)
        if let version { name = name.dropLast(version.count) }
        if let dash = name.lastIndex(of: "-") {
            let date = name[name.index(after: dash)...]
            if date.count == dateDigits, date.allSatisfy(\.isNumber) { name = name[..<dash] }
        }
        let kept = version.map { String($0.prefix { $0 != ":" }) } ?? ""
        return name.isEmpty ? model : String(name) + (kept == firstVersion ? "" : kept)
    }

    /// `20251001`.
    private static let dateDigits = 8
    /// Tells nothing.
    private static let firstVersion = "-v1"

    /// The end of a name such as `-v1` or `-v2:0`.
    private static func version(at name: Substring) -> Substring? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let version = name[name.index(after: dash)...]
        let numbers = version.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        let isVersion =
            version.first == "v" && numbers.count <= 2
            && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
        return isVersion ? name[dash...] : nil
    }
}
