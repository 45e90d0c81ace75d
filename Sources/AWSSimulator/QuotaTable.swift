/// The built-in quotas: real codes, names and defaults, and enough decoys to make a listing of real length.
enum QuotaTable {
    /// Families of batch quotas, of which the real listing has one per model and family.
    private static let batchFamilies: [(name: String, value: Double)] = [
        ("Batch inference input file size (in GB)", 1),
        ("Batch inference job size (in GB)", 5),
        ("Minimum number of records per batch inference job", 100),
        ("Records per batch inference job", 50_000),
        ("Records per input file per batch inference job", 50_000),
        ("Sum of in-progress and submitted batch inference jobs using a base model", 20),
    ]

    /// All of them, sorted by code as a listing mixes them.
    static func quotas() -> [SimulatedQuota] {
        let real = parsed(crossRegion) + parsed(others)
        let known = Set(real.map(\.code))
        return (real + decoys(for: real).filter { !known.contains($0.code) }).sorted { $0.code < $1.code }
    }

    /// Reads lines of `CODE DEFAULT +|- MODEL` under lines of `# FAMILY`; a bare `#` means no family.
    ///
    /// Quotas that cannot be adjusted and whose code ends in 0...3 have no applied value, so that a client must
    /// look into the defaults as well.
    static func parsed(_ table: String) -> [SimulatedQuota] {
        var family = ""
        var quotas: [SimulatedQuota] = []
        for line in table.split(separator: "\n") {
            if line.hasPrefix("#") {
                family = String(line.dropFirst(2))
                continue
            }
            let fields = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, let value = Double(fields[1]) else { continue }
            let code = String(fields[0])
            let isAdjustable = fields[2] == "+"
            let isApplied = isAdjustable || !["0", "1", "2", "3"].contains(code.last)
            quotas.append(
                SimulatedQuota(
                    code: code, name: family.isEmpty ? String(fields[3]) : "\(family) for \(fields[3])",
                    defaultValue: value, isAdjustable: isAdjustable, appliedValue: isApplied ? value : nil))
        }
        return quotas
    }

    /// Batch quotas for every model that has an inference quota, with made-up codes.
    private static func decoys(for quotas: [SimulatedQuota]) -> [SimulatedQuota] {
        let separators = [" inference tokens per minute for ", " inference requests per minute for "]
        let models = Set(
            quotas.flatMap { quota in separators.compactMap { modelName(in: quota.name, behind: $0) } })
        return models.sorted().flatMap { model in
            batchFamilies.map { family in
                let name = "\(family.name) for \(model)"
                return SimulatedQuota(
                    code: madeUpCode(name), name: name, defaultValue: family.value, isAdjustable: false,
                    appliedValue: family.value)
            }
        }
    }

    private static func modelName(in name: String, behind separator: String) -> String? {
        guard let range = name.firstRange(of: separator) else { return nil }
        return String(name[range.upperBound...])
    }

    /// `L-` and eight hexadecimal digits of the name's hash.
    private static func madeUpCode(_ name: String) -> String {
        let digits = String(Noise.mixed(Noise.seed(name)) & 0xFFFF_FFFF, radix: 16, uppercase: true)
        return "L-" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
