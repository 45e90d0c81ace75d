import History
import QuotaModel
import Testing
import UsageStore

@Suite("Episodes of throttling for people and programs")
struct ThrottlesTableTests {
    private static let start = Minute(containingEpochSeconds: 1_793_700_000)

    private func episode(
        _ model: String, _ offset: Int, _ cause: ThrottleCause, throttles: Double = 1_234
    ) -> ThrottleEpisode {
        var evidence = ThrottleEvidence()
        evidence.tokensPerMinuteRatio = 0.12
        evidence.reservationFactor = 25
        return ThrottleEpisode(
            pool: QuotaPool(
                account: "prod", region: "ap-southeast-1", scope: .global, model: model),
            minutes: Self.start.advanced(by: offset)..<Self.start.advanced(by: offset + 7),
            throttles: throttles, judgement: ThrottleJudgement(cause: cause, evidence: evidence),
            judgedAt: 1_793_710_000, isSettled: offset > 0)
    }

    private func answer(_ episodes: [ThrottleEpisode], leftOut: Int = 0) -> ThrottleAnswer {
        ThrottleAnswer(
            range: Self.start..<Self.start.advanced(by: 600), episodes: episodes, leftOut: leftOut)
    }

    @Test("At 80 columns: by pool, with advice, and a mark on what may change")
    func table() {
        let text = ThrottlesTable.text(
            answer([episode("b", 60, .reservation), episode("b", 0, .reservation)], leftOut: 3), width: 80)
        #expect(
            text == """
                b, global, ap-southeast-1, prod
                Start, UTC        Min  Throttles  Cause        Because
                2026-11-03 11:00    7      1,234  reservation  12 % used, 25x reserved
                2026-11-03 10:00    7      1,234  reservation  12 % used, 25x reserved *
                  reservation: Set max_tokens near what answers need: input and max_tokens are
                    reserved until a request ends.
                  * Not settled: later minutes may change it.

                3 older episodes are left out; take a shorter range or a filter.

                """)
    }

    @Test("Names from outside steer no terminal and are no formulas, and fit the width as far as they can")
    func escaping() {
        let hostile = answer([episode("=evil\u{1B}[2J\u{202E}", 60, .unknown)])
        let table = ThrottlesTable.text(hostile, width: 80)
        #expect(!table.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        let csv = String(decoding: ThrottlesCSV.bytes(hostile), as: UTF8.self)
        #expect(!csv.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        #expect(csv.contains(",'=evil"))
    }

    @Test("No cause makes a line longer than 80 columns")
    func widths() {
        for cause in ThrottleCause.allCases {
            let text = ThrottlesTable.text(answer([episode("m", 60, cause, throttles: 99_999)]), width: 80)
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
    }
}
