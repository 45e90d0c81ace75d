import Exposition
import Testing

@testable import Daemon
@testable import System
@testable import Web

struct RenderedPageTests {
    @Test("a page is whole in both formats before anything was polled, and after each part changed")
    func sections() {
        let page = RenderedPage()
        #expect(page.bytes(.text).isEmpty)
        #expect(String(decoding: page.bytes(.openMetrics), as: UTF8.self) == "# EOF\n")
        page.update(usage: [RenderedFamilies(UsageFamilies.families(of: SampleSnapshot.snapshot))])
        page.update(selfFamilies: [BuildInfo.family])
        for format in ExpositionFormat.allCases {
            let text = String(decoding: page.bytes(format), as: UTF8.self)
            #expect(text.contains("bedrock_quota_limit{"))
            #expect(text.contains("bedrock_exporter_build_info{"))
            #expect(text.hasSuffix("# EOF\n") == (format == .openMetrics))
        }
        page.update(usage: [])
        page.update(selfFamilies: [BuildInfo.family])
        #expect(!String(decoding: page.bytes(.text), as: UTF8.self).contains("bedrock_quota_limit{"))
    }
}
