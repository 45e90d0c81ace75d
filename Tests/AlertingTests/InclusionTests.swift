import Testing

@testable import Alerting

@Suite("Warnings and the critical alerts that include them")
struct InclusionTests {
    /// A script, and what an Alertmanager, a chat and a pager are told of it.
    private struct Bench {
        var script = Script()
        var outbox = NotificationOutbox()

        init() {
            outbox.setReceivers(["am": .batch, "chat": .grouped, "pager": .single])
        }

        /// Settles minutes at these percentages of the quota, evaluating after each.
        mutating func play(from offset: Int, _ percentages: [Double]) {
            for (index, percentage) in percentages.enumerated() {
                script.settle(from: offset + index, [percentage * 10_000])
                evaluate(at: offset + index + 1)
            }
        }

        mutating func evaluate(at offset: Int) {
            let before = script.machine
            let transitions = script.transitions(now: Double(Script.minute(offset).epochSeconds))
            _ = outbox.enqueue(transitions, from: before, to: script.machine)
        }

        mutating func reload() {
            let before = script.machine
            let transitions = script.machine.reload(
                rules: script.rules, isWatched: { _, _ in true }, now: Double(Script.minute(500).epochSeconds)
            )
            _ = outbox.enqueue(transitions, from: before, to: script.machine)
        }

        /// All that is known, taken apart and put together as by a restart.
        mutating func restart() {
            script.machine = AlertStateMachine(
                alerts: script.machine.alerts, lastTransition: script.machine.lastTransition,
                refusedAlerts: script.machine.refusedAlerts)
            outbox = NotificationOutbox(
                queues: outbox.queues, transitions: Array(outbox.transitions.values),
                resolved: Array(outbox.resolved.values))
        }

        /// What a receiver was told since the last look, such as `firing Warning`.
        mutating func told(_ receiver: String = "pager") -> [String] {
            var told: [String] = []
            while let message = outbox.next(for: receiver) {
                told += message.notices.map {
                    "\($0.status.rawValue) \($0.identity.kind.rawValue.dropFirst("BedrockQuota".count))"
                }
                outbox.confirm(message, by: receiver)
            }
            return told
        }
    }

    @Test("When both fire at once, only the critical one is told, and only its end when both end at once")
    func atOnce() {
        var bench = Bench()
        bench.play(from: 0, [90, 90])
        #expect(bench.told() == ["firing Critical"] && bench.told("chat") == ["firing Critical"])
        #expect(bench.told("am") == ["firing Warning", "firing Critical"])
        bench.play(from: 2, [10, 10, 10, 10, 10])
        #expect(bench.told() == ["resolved Critical"] && bench.told("chat") == ["resolved Critical"])
        #expect(bench.told("am") == ["resolved Warning", "resolved Critical"])
        // The next warning stands alone.
        bench.play(from: 7, [75, 75])
        #expect(bench.told() == ["firing Warning"])
    }

    @Test("A warning that was told grows critical and back, and each beginning and end is told")
    func escalation() throws {
        var bench = Bench()
        bench.play(from: 0, [75, 75])
        #expect(bench.told() == ["firing Warning"])
        bench.play(from: 2, [90, 90])
        #expect(bench.told() == ["firing Critical"])
        bench.play(from: 4, [75, 75, 75, 75, 75])
        let message = try #require(bench.outbox.next(for: "pager"))
        #expect(
            message.notices[0].annotations["summary"]?.hasSuffix("BedrockQuotaWarning still fires.") == true)
        #expect(bench.told() == ["resolved Critical"])
        bench.play(from: 9, [10, 10, 10, 10, 10])
        #expect(bench.told() == ["resolved Warning"])
    }

    @Test(
        "A warning that was not told is told when the critical alert ends before it, and then so is its end")
    func uncovered() throws {
        var bench = Bench()
        bench.play(from: 0, [90, 90])
        #expect(bench.script.machine.firing.map(\.toldAs) == [nil, .quotaCritical])
        #expect(bench.told() == ["firing Critical"])
        let began = try #require(bench.script.machine.firing.last?.firedAt)
        bench.play(from: 2, [75, 75, 75, 75, 75])
        #expect(bench.script.machine.firing.map(\.toldAs) == [nil])
        _ = try #require(bench.outbox.next(for: "pager").map { bench.outbox.confirm($0, by: "pager") })
        let warning = try #require(bench.outbox.next(for: "pager")?.notices.first)
        #expect(warning.identity.kind == .quotaWarning && warning.status == .firing)
        #expect(warning.startsAt == began && warning.annotations["told_as"] == nil)
        _ = bench.told()
        #expect(bench.told("chat") == ["firing Critical", "resolved Critical", "firing Warning"])
        #expect(bench.told("am") == ["firing Warning", "firing Critical", "resolved Critical"])
        bench.play(from: 7, [10, 10, 10, 10, 10])
        #expect(bench.told() == ["resolved Warning"])
    }

    @Test("A warning that ends while its critical alert fires is told to have ended only if it was told")
    func warningEndsFirst() {
        for isTold in [true, false] {
            var bench = Bench()
            bench.play(from: 0, isTold ? [75, 75, 90, 90] : [90, 90])
            _ = bench.told()
            bench.script.rules.standard.disabled.insert(.quotaWarning)
            bench.reload()
            #expect(bench.told() == (isTold ? ["resolved Warning"] : []))
            bench.script.rules.standard.disabled.insert(.quotaCritical)
            bench.reload()
            #expect(bench.told() == ["resolved Critical"])
        }
    }

    @Test("A critical rule that is switched off uncovers its warning")
    func criticalSwitchedOff() {
        var bench = Bench()
        bench.play(from: 0, [90, 90])
        _ = bench.told()
        bench.script.rules.standard.disabled.insert(.quotaCritical)
        bench.reload()
        #expect(bench.told() == ["resolved Critical", "firing Warning"])
    }

    @Test("Other quotas and pools have warnings of their own; client errors are included in nothing")
    func others() {
        var bench = Bench()
        let daily = ObservedQuota(quota: Script.daily(2_000_000))
        bench.script.quotas.append(daily)
        // 1.5 million tokens of the day's two, of a minute's one.
        bench.play(from: 0, [75, 75])
        bench.evaluate(at: 3)
        #expect(bench.told() == ["firing Warning", "firing Warning"])
        #expect(
            AlertIdentity(.throttlingCritical, pool: sonnet, cause: .throttles).included?.cause == .throttles)
        #expect(
            AlertIdentity(.throttling, pool: sonnet, cause: .clientErrors).including?.cause == .clientErrors)
    }

    @Test(
        "Random scripts: who is told knows the worst that fires and nothing that does not, restarted at any step"
    )
    func random() {
        var told = 0
        for seed in 0..<40 {
            var random = SeededGenerator(seed: UInt64(seed))
            var steady = Bench()
            var restarted = Bench()
            var known: [String: Set<String>] = ["chat": [], "pager": [], "am": []]
            var level = 10.0
            for offset in 0..<150 {
                if Int.random(in: 0..<5, using: &random) == 0 {
                    level = [10.0, 75, 90][Int.random(in: 0...2, using: &random)]
                }
                steady.play(from: offset, [level])
                restarted.play(from: offset, [level])
                restarted.restart()
                #expect(steady.script.machine == restarted.script.machine)
                for receiver in ["am", "chat", "pager"] {
                    let words = steady.told(receiver)
                    told += words.count
                    #expect(restarted.told(receiver) == words)
                    for word in words.map({ $0.split(separator: " ").map(String.init) }) {
                        let isNew =
                            word[0] == "firing"
                            ? known[receiver]?.insert(word[1]).inserted == true
                            : known[receiver]?.remove(word[1]) != nil
                        #expect(isNew, "seed \(seed), \(offset): \(receiver) is told \(words) twice")
                    }
                    let firing = Set(
                        steady.script.machine.firing.map {
                            String($0.identity.kind.rawValue.dropFirst("BedrockQuota".count))
                        })
                    let knows = known[receiver] ?? []
                    #expect(knows.isSubset(of: firing))
                    #expect(receiver == "am" ? knows == firing : firing.isEmpty || !knows.isEmpty)
                    #expect(knows.contains("Critical") == firing.contains("Critical"))
                }
            }
        }
        #expect(told > 1000)
    }
}
