import Exposition
import QuotaModel
import TestBench
import Testing
import UsageStore

@testable import Daemon
@testable import Polling
@testable import Web

struct RunningStateTests {
    @Test("Invariant 4: concurrent renders never put an older page over a newer one", .timeLimit(.minutes(5)))
    func concurrentRenders() async {
        let state = RunningState(configuration: .defaults, now: { 0 })
        // Enough of them to make a render take its time.
        let models = (0..<100).map {
            ModelUsage(
                modelID: "m\($0)", totals: UsageTotals(), latencyMilliseconds: nil,
                timeToFirstTokenMilliseconds: nil)
        }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 1...10 {
                        var region = RegionSnapshot(key: RegionKey(account: "prod", region: "r\(number)"))
                        region.newestDatapoint = Minute(index: round)
                        region.models = models
                        state.board.publish(region)
                        state.render()
                        let text = String(decoding: state.page.bytes(.text), as: UTF8.self)
                        let line =
                            #"bedrock_newest_datapoint_timestamp_seconds{account="prod",region="r\#(number)"} \#(round * 60)"#
                        #expect(text.contains(line + "\n"))
                    }
                }
            }
        }
    }

    @Test("a page put together of Regions is the page of all of them; only what changed is rendered again")
    func parts() {
        let clock = ManualClock(Double(SampleSnapshot.minute.epochSeconds))
        let state = RunningState(configuration: .defaults, now: { clock.now })
        let keys = ["b", "a", "c"].map { RegionKey(account: "prod", region: $0) }
        func isWhole() -> Bool {
            ExpositionFormat.allCases.allSatisfy { format in
                let whole = PageEncoder.section(
                    UsageFamilies.families(of: state.board.snapshot(at: clock.now)), format: format)
                return state.page.bytes(format).starts(with: whole)
                    && whole.isEmpty == state.board.entries.isEmpty
            }
        }
        var renders = 0
        func expectRenders(_ count: Int) {
            renders += count
            #expect(state.regionRenders == renders)
            #expect(isWhole())
        }
        state.render()
        expectRenders(0)
        for key in keys {
            state.board.publish(SampleSnapshot.region(key))
            state.render()
            expectRenders(1)
        }
        state.board.publish(RegionSnapshot(key: keys[0]))
        state.render()
        state.render()
        expectRenders(1)
        clock.advance(901)
        state.render()
        state.render()
        expectRenders(2)
        state.board.keep { $0 != keys[1] }
        state.render()
        expectRenders(0)
        state.board.publish(SampleSnapshot.region(keys[1]))
        clock.advance(-901)
        state.render()
        expectRenders(2)
    }

    @Test("no Region is shown as polled before what the poll brought is, whatever has the page rendered")
    func wholePolls() {
        let now = Double(SampleSnapshot.minute.epochSeconds)
        let state = RunningState(configuration: .defaults, now: { now })
        let key = SampleSnapshot.region().key
        func text() -> String { String(decoding: state.page.bytes(.text), as: UTF8.self) }
        state.metrics.register(key)
        state.render()
        #expect(!text().contains("bedrock_quota_usage{"))
        // As at the end of a poll, after which its alerts are decided before it is said to be published.
        state.board.publish(SampleSnapshot.region())
        state.metrics.pollEnded(key, failure: nil, durationSeconds: 1, at: 1)
        state.render()
        #expect(text().contains("bedrock_quota_usage{"))
    }

    @Test("figures that became too old leave the page without a poll")
    func outdated() throws {
        let clock = ManualClock(Double(SampleSnapshot.minute.epochSeconds))
        let state = RunningState(configuration: .defaults, now: { clock.now })
        state.board.publish(SampleSnapshot.region())
        state.render()
        func text() -> String { String(decoding: state.page.bytes(.text), as: UTF8.self) }
        state.render()
        #expect(text().contains("bedrock_quota_usage{"))
        clock.advance(901)
        state.render()
        #expect(!text().contains("bedrock_quota_usage{"))
        #expect(text().contains("bedrock_quota_limit{"))
    }

    @Test(
        "ready once a good poll of every Region is on the page, those included that a reload adds, until the stop"
    )
    func readiness() {
        let state = RunningState(configuration: .defaults, now: { 0 })
        let keys = ["a", "b", "c"].map { RegionKey(account: "prod", region: $0) }
        #expect(!state.readiness.isReady, "nothing is polled yet")
        for key in keys.prefix(2) { state.metrics.register(key) }
        state.metrics.pollEnded(keys[0], failure: nil, durationSeconds: 1, at: 1)
        state.metrics.pollEnded(keys[1], failure: "down", durationSeconds: 1, at: 1)
        state.render()
        #expect(state.readiness.waiting == [Readiness.Waiting(regions: [keys[1]], failure: "down")])
        #expect(!state.readiness.isReady)
        state.metrics.pollEnded(keys[1], failure: nil, durationSeconds: 1, at: 2)
        #expect(!state.readiness.isReady, "it is not on the page yet")
        state.render()
        #expect(state.readiness.isReady)
        state.metrics.pollEnded(keys[1], failure: "down again", durationSeconds: 1, at: 3)
        state.render()
        #expect(state.readiness.isReady, "what was read once is there")
        state.metrics.register(keys[2])
        #expect(state.readiness.waiting == [Readiness.Waiting(regions: [keys[2]], failure: nil)])
        state.metrics.keepPolls { $0 != keys[2] }
        #expect(state.readiness.isReady)
        state.beginStop()
        #expect(!state.readiness.isReady)
    }
}
