import Alerting
import HTTPServer
import Testing

@testable import Daemon

struct LandingPageTests {
    @Test("names out of AWS are escaped, unknown and not permitted are words")
    func escaping() {
        let response = LandingPage(telemetryPath: "/metrics").response(SampleSnapshot.snapshot)
        guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "no bytes") }
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;"))
        #expect(html.contains("3,500,000"))
        #expect(html.contains("58.3 %"))
        #expect(html.contains("not permitted"))
        #expect(html.contains(">unknown<"))
        #expect(response.header("content-security-policy")?.contains("default-src 'none'") == true)
    }

    @Test("alerts that fire are named, escaped; pending ones are not")
    func alerts() {
        func alert(_ region: String, _ phase: TrackedAlert.Phase) -> TrackedAlert {
            TrackedAlert(
                identity: AlertIdentity(.pollFailing, account: "a", region: region), phase: phase, since: 1,
                firedAt: phase == .firing ? 1 : nil, lastActive: 1, missingSince: nil,
                annotations: ["summary": "\(region) cannot be <polled>."])
        }
        let response = LandingPage(telemetryPath: "/m").response(
            Snapshot(), alerts: [alert("one", .firing), alert("two", .pending)])
        guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "no bytes") }
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(
            html.contains("<h2>1 firing</h2>\n<ul>\n<li>warning: one cannot be &lt;polled&gt;.</li>\n</ul>"))
        #expect(!html.contains("two"))
    }

    @Test(
        "digits are grouped by three",
        arguments: [
            (0.0, "0"), (999, "999"), (1000, "1,000"), (3_500_000, "3,500,000"), (-1234, "-1,234"),
            (-123, "-123"),
            (1e20, "1e+20"),
        ])
    func grouped(value: Double, text: String) {
        #expect(LandingPage.grouped(value) == text)
    }

    @Test("an empty page says so")
    func empty() {
        guard case .bytes(let bytes) = LandingPage(telemetryPath: "/m").response(Snapshot()).body else {
            return #expect(Bool(false), "no bytes")
        }
        #expect(String(decoding: bytes, as: UTF8.self).contains("No usage has been read yet."))
    }
}
