import QuotaModel
import Testing

@testable import Alerting

@Suite("Outbox")
struct NotificationOutboxTests {
    private func transition(
        _ id: Int, _ kind: AlertTransition.Kind = .fired, _ alert: AlertKind = .quotaWarning,
        model: String = "m",
        region: String = "r", at: Double = 1000
    ) -> AlertTransition {
        let pool = QuotaPool(account: "a", region: region, scope: .global, model: model)
        return AlertTransition(
            id: id, identity: AlertIdentity(alert, pool: pool, quota: .tokensPerMinute), kind: kind,
            reason: .conditionMet, at: at, startsAt: 900, annotations: [:])
    }

    private func outbox() -> NotificationOutbox {
        var outbox = NotificationOutbox()
        outbox.setReceivers(["am": .batch, "chat": .grouped, "page": .single])
        return outbox
    }

    /// Taken apart and put together, as by a restart.
    private func restored(_ outbox: NotificationOutbox) -> NotificationOutbox {
        NotificationOutbox(
            queues: outbox.queues, transitions: Array(outbox.transitions.values),
            resolved: Array(outbox.resolved.values))
    }

    /// Every message of a receiver, each confirmed.
    private func drain(_ outbox: inout NotificationOutbox, _ receiver: String) -> [[Int]] {
        var messages: [[Int]] = []
        while let message = outbox.next(for: receiver) {
            messages.append(message.transitionIDs)
            outbox.confirm(message, by: receiver)
        }
        return messages
    }

    @Test("One evaluation is one batch, one message per alert name and Region, or one per alert")
    func forms() {
        var outbox = outbox()
        let lost = outbox.enqueue([
            transition(1), transition(2, model: "n"), transition(3, .pending, model: "o"),
            transition(4, .fired, .quotaCritical), transition(5, region: "s"),
            transition(6, .resolved, model: "p"),
        ])
        #expect(lost.isEmpty && outbox.length(of: "am") == 5)
        #expect(drain(&outbox, "am") == [[1, 2, 4, 5, 6]])
        #expect(drain(&outbox, "chat") == [[1, 2, 6], [4], [5]])
        #expect(drain(&outbox, "page") == [[1], [2], [4], [5], [6]])
        #expect(outbox.transitions.isEmpty)
    }

    @Test("A message keeps its identity until it is confirmed, whatever is queued behind it")
    func stableIdentity() throws {
        var outbox = outbox()
        _ = outbox.enqueue([transition(1)])
        let first = try #require(outbox.next(for: "chat"))
        _ = outbox.enqueue([transition(2, .resolved, at: 2000)])
        #expect(outbox.next(for: "chat") == first)
        let restored = restored(outbox)
        #expect(restored == outbox && restored.next(for: "chat") == first)
        outbox.confirm(first, by: "chat")
        outbox.confirm(first, by: "chat")
        #expect(outbox.next(for: "chat")?.transitionIDs == [2])
        #expect(outbox.next(for: "chat")?.id != first.id)
    }

    @Test("A message whose transitions are lost is dropped and counted, the others go on")
    func lostTransition() {
        let queue = NotificationOutbox.Queue(form: .batch, messages: [[1, 2], [3], [4]], dropped: 5)
        let outbox = NotificationOutbox(
            queues: ["am": queue], transitions: [transition(2), transition(4)], resolved: [])
        #expect(outbox.queues["am"]?.messages == [[2], [4]] && outbox.dropped(for: "am") == 7)
        #expect(outbox.next(for: "am")?.transitionIDs == [2])
    }

    @Test("A crash at any step, before or after a delivery, loses no transition")
    func crashes() throws {
        for seed in 0..<40 {
            var random = SeededGenerator(seed: UInt64(seed))
            var live = outbox()
            var stored = live
            var delivered: [String: [Int]] = [:]
            var nextID = 1
            for _ in 0..<120 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let new = (0..<Int.random(in: 1...3, using: &random)).map {
                        transition(nextID + $0, model: "m\($0)")
                    }
                    nextID += new.count
                    _ = live.enqueue(new)
                    stored = live
                case 1:
                    live = restored(stored)
                case _:
                    let receiver = ["am", "chat", "page"][Int.random(in: 0..<3, using: &random)]
                    guard let message = live.next(for: receiver) else { continue }
                    delivered[receiver, default: []] += message.transitionIDs
                    // Killed between the receiver's answer and the store: it is sent once more.
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        live = restored(stored)
                        continue
                    }
                    live.confirm(message, by: receiver)
                    stored = live
                }
            }
            for receiver in live.receivers {
                delivered[receiver, default: []] += drain(&live, receiver).flatMap { $0 }
                #expect(Set(delivered[receiver] ?? []) == Set(1..<nextID), "seed \(seed) \(receiver)")
            }
        }
    }

    @Test("A full queue drops its oldest messages and counts them; other queues keep theirs")
    func bounded() throws {
        var outbox = NotificationOutbox()
        outbox.setReceivers(["slow": .batch, "quick": .batch])
        let limit = AlertLimits.queuedNotifications
        var id = 0
        var lost: [String: Int] = [:]
        while id < limit + 500 {
            let new = (0..<250).map { transition(id + $0 + 1, model: "m\($0)") }
            id += 250
            for (name, count) in outbox.enqueue(new) { lost[name, default: 0] += count }
            _ = drain(&outbox, "quick")
        }
        #expect(
            lost == ["slow": 500] && outbox.dropped(for: "slow") == 500 && outbox.dropped(for: "quick") == 0)
        #expect(outbox.length(of: "slow") == limit && outbox.next(for: "slow")?.transitionIDs.first == 501)
    }

    @Test("More than 256 alerts are several messages")
    func chunks() {
        var outbox = outbox()
        _ = outbox.enqueue((1...600).map { transition($0, model: "m\($0)") })
        #expect(drain(&outbox, "am").map(\.count) == [256, 256, 88])
        #expect(drain(&outbox, "chat").map(\.count) == [256, 256, 88])
    }

    @Test("A receiver that comes or goes with a reload takes nothing from the others")
    func reload() {
        var outbox = outbox()
        _ = outbox.enqueue([transition(1)])
        outbox.setReceivers(["chat": .grouped, "new": .single])
        #expect(outbox.receivers == ["chat", "new"])
        #expect(outbox.next(for: "chat")?.transitionIDs == [1] && outbox.next(for: "new") == nil)
        #expect(outbox.next(for: "am") == nil)
    }

    @Test("A message that is refused for good is counted and makes way")
    func giveUp() throws {
        var outbox = outbox()
        _ = outbox.enqueue([transition(1), transition(2, model: "n")])
        let message = try #require(outbox.next(for: "page"))
        outbox.giveUp(message, for: "page")
        outbox.giveUp(message, for: "page")
        #expect(outbox.dropped(for: "page") == 1 && outbox.next(for: "page")?.transitionIDs == [2])
    }

    @Test("Alertmanager gets firing alerts every minute and resolved ones for a quarter of an hour")
    func resends() {
        var outbox = outbox()
        var script = Script()
        let now = Double(Script.minute(2).epochSeconds)
        #expect(script.play(from: 0, [750_000, 750_000]) == ["1: fired QuotaWarning"])
        let firing = script.machine.firing
        var resends = AlertmanagerResends()
        let first = resends.due(firing: firing, resolved: [], now: now)
        #expect(first.map(\.count) == [1])
        resends.sent(first[0], at: now)
        #expect(resends.due(firing: firing, resolved: [], now: now + 59).isEmpty)
        #expect(resends.due(firing: firing, resolved: [], now: now + 60).count == 1)
        // The clock was set back.
        #expect(resends.due(firing: firing, resolved: [], now: now - 1).count == 1)
        _ = outbox.enqueue([transition(9, .resolved, at: now)])
        for (seconds, count) in [(0.0, 1), (899, 1), (900, 0), (-100, 1), (-1000, 0)] {
            #expect(outbox.recentlyResolved(now: now + seconds).count == count, "\(seconds)")
        }
        _ = outbox.enqueue([transition(10, .fired, at: now + 5)])
        #expect(outbox.recentlyResolved(now: now + 5).isEmpty)
        #expect(AlertmanagerResends.endsAt(now: 0, evaluationSeconds: 30, resendSeconds: 60) == 240)
        #expect(AlertmanagerResends.endsAt(now: 0, evaluationSeconds: 300, resendSeconds: 60) == 1200)
    }

    @Test("Back-off doubles up to a minute with jitter, and heeds Retry-After")
    func backOff() {
        var schedule = DeliverySchedule()
        var delays: [Double] = []
        for _ in 0..<9 {
            schedule.failed(now: 100, random: 1)
            delays.append(schedule.notBefore - 100)
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        schedule.failed(now: 100, random: 0)
        #expect(schedule.notBefore == 130 && !schedule.isDue(now: 129) && schedule.isDue(now: 130))
        schedule.succeeded()
        #expect(schedule.isDue(now: 0))
        schedule.failed(now: 0, random: 0, retryAfterSeconds: 20)
        #expect(schedule.notBefore == 20)
        schedule.failed(now: 0, random: 0, retryAfterSeconds: 1e9)
        #expect(schedule.notBefore == 60)
        #expect(
            [200, 204, 301, 400, 404, 408, 429, 500, 503].map(DeliveryOutcome.init(status:)) == [
                .accepted, .accepted, .refused, .refused, .refused, .tryAgain, .tryAgain, .tryAgain,
                .tryAgain,
            ])
    }
}
