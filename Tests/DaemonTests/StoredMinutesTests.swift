import QuotaModel
import Testing
import UsageStore

@testable import Reading

@Suite("Minutes that are stored already")
struct StoredMinutesTests {
    private let window = Minute(index: 1000)..<Minute(index: 1016)

    private func minute(_ index: Int, _ invocations: Double) -> RecordedMinute {
        var usage = UsageMinute()
        usage.invocations = invocations
        return RecordedMinute(minute: Minute(index: index), usage: usage)
    }

    private func record(_ minutes: [RecordedMinute], covered: Range<Int>? = nil) -> SeriesRecord {
        SeriesRecord(
            modelID: "a", minutes: minutes,
            covered: covered.map { [Minute(index: $0.lowerBound)..<Minute(index: $0.upperBound)] } ?? [])
    }

    private func stored(_ minutes: [RecordedMinute], isCounted: Bool = true) -> StoredMinutes {
        var stored = StoredMinutes()
        stored.move(to: window)
        stored.note([record(minutes)], isCounted: isCounted)
        return stored
    }

    @Test("what is told again is no news; a revised minute, a new one and new coverage are")
    func news() {
        let stored = stored([minute(1001, 5), minute(1002, 6)])
        let known = MinuteRanges([Minute(index: 900)..<Minute(index: 1003)])
        #expect(stored.news(in: record([minute(1001, 5), minute(1002, 6)]), covered: known) == nil)
        let revised = stored.news(
            in: record([minute(1001, 5), minute(1002, 7), minute(1003, 1)]), covered: known)
        #expect(revised?.minutes == [minute(1002, 7), minute(1003, 1)])
        let covered = stored.news(in: record([minute(1001, 5)], covered: 1000..<1004), covered: known)
        #expect(covered?.minutes == [] && covered?.covered == [window.lowerBound..<Minute(index: 1004)])
        #expect(stored.news(in: record([minute(1001, 5)], covered: 1000..<1002), covered: known) == nil)
    }

    @Test("a series that the store does not know, and minutes outside the window, are always news")
    func unknown() {
        let stored = stored([minute(1001, 5), minute(900, 6)])
        #expect(stored.news(in: record([minute(1001, 5)]), covered: nil) != nil)
        #expect(stored.news(in: record([minute(900, 6)]), covered: MinuteRanges())?.minutes.count == 1)
    }

    @Test("history that was written over a minute makes it news again")
    func history() {
        var stored = stored([minute(1001, 5)])
        stored.note([record([minute(1001, 4)])], isCounted: false)
        for count in [4.0, 5.0] {
            #expect(stored.news(in: record([minute(1001, count)]), covered: MinuteRanges()) != nil)
        }
    }

    @Test(
        "the window moves on: minutes in it stay known, the ring's old places are not taken for new minutes")
    func moving() {
        var stored = stored([minute(1000, 5), minute(1015, 6)])
        stored.move(to: Minute(index: 1001)..<Minute(index: 1017))
        #expect(stored.news(in: record([minute(1015, 6)]), covered: MinuteRanges()) == nil)
        #expect(stored.news(in: record([minute(1016, 5)]), covered: MinuteRanges()) != nil)
        stored.move(to: Minute(index: 2000)..<Minute(index: 2016))
        stored.move(to: Minute(index: 1001)..<Minute(index: 1017))
        #expect(stored.news(in: record([minute(1015, 6)]), covered: MinuteRanges()) != nil)
    }
}
