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
