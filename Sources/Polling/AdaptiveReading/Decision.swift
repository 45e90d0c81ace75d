import QuotaModel
import Reading

/// What one poll decides about: all subjects, why those of them that are read are read, and what is known for it.
struct Decision {
    var subjects: [AttentionSubject]
    /// By index; a subject without a reason waits.
    var reasons: [Int: AttentionReason]
    var window = Minute(index: 0)..<Minute(index: 0)
    var ceiling = AccountCeiling(window: Minute(index: 0)..<Minute(index: 0), metrics: [])
    var probed = ProbedCounts()

    init(subjects: [AttentionSubject], reasons: [Int: AttentionReason]) {
        self.subjects = subjects
        self.reasons = reasons
    }

    /// The model IDs that are read by now.
    var members: [String] { reasons.keys.sorted().flatMap { subjects[$0].members } }

    /// Takes the answers to probes without which a subject has no bound.
    mutating func take(_ probed: ProbedCounts, expected: [MetricProbe]) {
        self.probed = probed
        let missing = Set(
            expected.filter { probe in
                UsageMetric(cloudWatchName: probe.name).map { !probed.isExact(probe.modelID, $0) } ?? false
            }.map(\.modelID))
        for index in subjects.indices where !missing.isDisjoint(with: subjects[index].members) {
            subjects[index].isBounded = false
        }
    }
}
