import QuotaModel
import Testing

@testable import Web

struct ReadinessTests {
    private func key(_ account: String, _ region: String) -> RegionKey {
        RegionKey(account: account, region: region)
    }

    @Test("the answer names every Region that waits, and each reason once and whole")
    func text() {
        let cause = String(repeating: "no AWS credentials found; ", count: 100)
        let readiness = Readiness(
            isStopping: false, regionCount: 5,
            waiting: [
                (key("prod", "r2"), "sts GetCallerIdentity in r2: \(cause)"), (key("test", "r1"), nil),
                (key("prod", "r1"), "sts GetCallerIdentity in r1: \(cause)"),
                (key("prod", "r3"), "AccessDenied"),
            ])
        #expect(!readiness.isReady)
        #expect(
            readiness.text == """
                bedrock-quota-exporter is not ready: 4 of 5 Regions not polled with success since the start.
                prod r1, r2: sts GetCallerIdentity: \(cause)
                prod r3: AccessDenied
                test r1: not polled yet

                """)
    }

    @Test("Regions of several accounts that wait for the same reason are named by account")
    func accounts() {
        let waiting = Readiness.grouped([
            (key("test", "r1"), "down"), (key("prod", "r2"), "down"), (key("prod", "r1"), "down"),
        ])
        #expect(waiting.map(\.description) == ["prod r1, r2; test r1: down"])
    }

    @Test("a thousand Regions with a reason of their own each make no endless answer")
    func bound() {
        let readiness = Readiness(
            isStopping: false, regionCount: 1000,
            waiting: (0..<1000).map { (key("a\($0)", "r"), "reason \($0)") })
        let lines = readiness.text.split(separator: "\n")
        #expect(lines.count == 22)
        #expect(lines.last == "and 980 more reasons: see /api/v1/status")
    }

    @Test("a service manager hears the first reason, cut to what it takes")
    func status() {
        func readiness(_ failure: String?) -> Readiness {
            Readiness(
                isStopping: false, regionCount: 2,
                waiting: [(key("a", "r1"), nil), (key("a", "r2"), failure)])
        }
        #expect(readiness(nil).status == nil)
        #expect(readiness("down").status == "2 never polled with success: a r2: down")
        let long = readiness(String(repeating: "x", count: 5000)).status
        #expect(long?.count == 501 && long?.last == "…")
        #expect(Readiness(isStopping: false, regionCount: 1, waiting: []).status == nil)
    }

    @Test("without any Region, and while stopping, it is not ready")
    func others() {
        let none = Readiness(isStopping: false, regionCount: 0, waiting: [])
        #expect(!none.isReady && none.text.contains("no Region is polled yet"))
        let stopping = Readiness(isStopping: true, regionCount: 1, waiting: [])
        #expect(!stopping.isReady && stopping.text.contains("it is stopping"))
    }
}

@Suite("Readiness with an organization")
struct OrganizationReadinessTests {
    @Test("ready once every account is known to be read or not, also when none is this shard's")
    func organization() {
        func readiness(_ organization: Readiness.Organization, regions: Int) -> Readiness {
            Readiness(isStopping: false, regionCount: regions, waiting: [], organization: organization)
        }
        #expect(readiness(.settled, regions: 0).isReady && readiness(.settled, regions: 3).isReady)
        #expect(
            !readiness(.unsettled(failure: nil), regions: 0).isReady
                && !readiness(.unsettled(failure: nil), regions: 3).isReady)
        #expect(
            readiness(.unsettled(failure: "no list"), regions: 3).text.contains("not all known yet: no list"))
        #expect(
            !Readiness(
                isStopping: false, regionCount: 1,
                waiting: [(RegionKey(account: "a", region: "r"), nil)], organization: .settled
            ).isReady)
    }
}
