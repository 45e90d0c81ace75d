import Exposition
import QuotaModel
import Testing

@testable import Daemon
@testable import Polling
@testable import System
@testable import Web

struct RenderedPageTests {
    @Test("a page is whole in both formats before anything was polled, and after each part changed")
    func sections() {
        let page = RenderedPage()
        #expect(page.bytes(.text).isEmpty)
        #expect(String(decoding: page.bytes(.openMetrics), as: UTF8.self) == "# EOF\n")
        page.update(usage: [
            (SampleSnapshot.key, RenderedFamilies(UsageFamilies.families(of: SampleSnapshot.snapshot)))
        ])
        page.update(own: [RenderedFamilies.byRegion([BuildInfo.family])])
        for format in ExpositionFormat.allCases {
            let text = String(decoding: page.bytes(format), as: UTF8.self)
            #expect(text.contains("bedrock_quota_limit{"))
            #expect(text.contains("bedrock_exporter_build_info{"))
            #expect(text.hasSuffix("# EOF\n") == (format == .openMetrics))
        }
        page.update(usage: [])
        page.update(own: [RenderedFamilies.byRegion([BuildInfo.family])])
        #expect(!String(decoding: page.bytes(.text), as: UTF8.self).contains("bedrock_quota_limit{"))
    }

    // MARK: Parts

    private static let keys = ["us-east-1", "eu-west-1"].flatMap { region in
        ["prod", "dev"].map { RegionKey(account: $0, region: region) }
    }.sorted()

    /// Four Regions, one of them not published yet, and the exporter's own families.
    private func page() -> RenderedPage {
        let page = RenderedPage()
        page.update(
            usage: Self.keys.dropLast().map { key in
                (
                    key,
                    RenderedFamilies(
                        UsageFamilies.families(of: Snapshot(regions: [SampleSnapshot.region(key)])))
                )
            })
        var up = MetricFamily(MetricCatalog.up)
        for key in Self.keys { up.add(LabelSet(key), 1) }
        var requests = MetricFamily(MetricCatalog.awsRequests)
        requests.add(LabelSet(Self.keys[1]).adding("operation", "ListMetrics"), 3)
        page.update(own: [RenderedFamilies.byRegion([BuildInfo.family, up, requests])])
        return page
    }

    private func part(_ parameters: (String, String)...) throws -> MetricsPart {
        try MetricsPart.read(parameters.map { (name: $0.0, value: $0.1) })
    }

    private func samples(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("#")
        }
    }

    @Test(
        "parts of accounts, or of Regions, and the exporter's own are the page: each series once",
        arguments: ExpositionFormat.allCases)
    func union(format: ExpositionFormat) throws {
        let page = page()
        let whole = samples(page.bytes(format))
        #expect(Set(whole).count == whole.count && whole.count > 40)
        let own = try page.bytes(part(("self", "true")), format)
        for name in ["account", "region"] {
            let values = Set(Self.keys.map { name == "account" ? $0.account : $0.region })
            let parts = try values.map { try page.bytes(part((name, $0)), format) } + [own]
            #expect(parts.flatMap(samples).sorted() == whole.sorted())
        }
        let all = try page.bytes(part(("account", "dev"), ("self", "true"), ("account", "prod")), format)
        #expect(all == page.bytes(format), "all parts together are the page, byte by byte")
    }

    @Test("a part has the whole families of its Regions and nothing of others")
    func selection() throws {
        let page = page()
        let one = try page.bytes(part(("account", "prod"), ("region", "eu-west-1")), .openMetrics)
        let text = String(decoding: one, as: UTF8.self)
        #expect(text.hasSuffix("# EOF\n") && text.contains("# TYPE bedrock_quota_limit gauge\n"))
        for line in samples(one) {
            #expect(line.contains("{account=\"prod\",region=\"eu-west-1\""), "\(line)")
        }
        #expect(text.contains("bedrock_exporter_up{account=\"prod\",region=\"eu-west-1\"} 1\n"))
        #expect(!text.contains("build_info"))
        let own = samples(try page.bytes(part(("self", "true")), .text))
        #expect(own.count == 1 && own[0].hasPrefix("bedrock_exporter_build_info{"))
        let waiting = samples(try page.bytes(part(("account", "prod"), ("region", "us-east-1")), .text))
        #expect(waiting == ["bedrock_exporter_up{account=\"prod\",region=\"us-east-1\"} 1"], "not polled yet")
    }

    private func refusal(_ parameters: (String, String)...) -> String? {
        do throws(InvalidValue) {
            let part = try MetricsPart.read(parameters.map { (name: $0.0, value: $0.1) })
            _ = try page().bytes(part, .text)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("what nothing is known of is said by name, and no misspelt parameter leads to everything")
    func refusals() {
        #expect(
            refusal(("account", "nobody")) == "account: \"nobody\" is not polled, or its ID is not known yet")
        #expect(
            refusal(("account", "prod"), ("account", ""))?.hasPrefix("account: \"\" is not polled") == true)
        #expect(refusal(("region", "mars-1")) == "region: \"mars-1\" is not polled")
        #expect(
            refusal(("account", "prod"), ("region", "mars-1"))
                == "region: \"mars-1\" is not polled in these accounts")
        #expect(refusal(("acount", "prod")) == "\"acount\" is no parameter; allowed: account, region, self")
        #expect(refusal(("self", "false")) == "self: \"false\" is not allowed; allowed: true, or left out")
        #expect(refusal(("account", "prod,dev"))?.contains("\"prod,dev\" is not polled") == true)
    }

    @Test("limited to quotas, the page has no family by model ID, and every other as before")
    func quotas() throws {
        let all = UsageFamilies.families(of: SampleSnapshot.snapshot)
        let limited = UsageFamilies.families(of: SampleSnapshot.snapshot, .quotas)
        let names = Set(limited.map(\.descriptor.name))
        let gone = all.map(\.descriptor).filter { !names.contains($0.name) }
        #expect(gone.allSatisfy { $0.labels.contains("model_id") || $0.name.hasPrefix("bedrock_mantle_") })
        #expect(
            limited.filter { $0.descriptor.labels.contains("model_id") }.map(\.descriptor.name) == [
                "bedrock_unmapped_model_info"
            ])
        let kept = all.filter { names.contains($0.descriptor.name) }
        #expect(PageEncoder.section(kept, format: .text) == PageEncoder.section(limited, format: .text))
        #expect(
            names.isSuperset(of: [
                "bedrock_quota_tokens_total", "bedrock_quota_limit", "bedrock_exporter_delivery_lag_seconds",
            ]))
    }
}
