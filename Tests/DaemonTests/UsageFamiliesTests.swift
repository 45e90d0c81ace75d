import Exposition
import QuotaModel
import Testing

@testable import Polling
@testable import System
@testable import Web

struct UsageFamiliesTests {
    private func page(_ snapshot: Snapshot) -> String {
        String(
            decoding: PageEncoder.section(UsageFamilies.families(of: snapshot), format: .text), as: UTF8.self)
    }

    @Test("Invariant 5: limits and rates tell where they come from; a limit of 0 has no ratio")
    func provenance() {
        let text = page(SampleSnapshot.snapshot)
        let pool =
            #"account="prod",region="ap-southeast-1",scope="global",model="anthropic.claude-sonnet-4-6""#
        for line in [
            #"bedrock_quota_limit{\#(pool),quota="tokens_per_minute"} 6000000"#,
            #"bedrock_quota_usage{\#(pool),quota="tokens_per_minute"} 3500000"#,
            #"bedrock_quota_utilization_ratio{\#(pool),quota="tokens_per_minute"} 0.5833333333333334"#,
            #"bedrock_quota_peak_utilization_ratio{\#(pool),quota="tokens_per_minute",window="24h"} 0.5833333333333334"#,
            #"bedrock_quota_info{\#(pool),quota="tokens_per_minute",quota_code="L-7BEE40FB",limit_source="applied",matched_by="derived","#
                + #"burndown_rate="5",burndown_source="table"} 1"#,
            #"bedrock_quota_limit{\#(pool),quota="requests_per_minute"} 0"#,
            #"bedrock_quota_usage{\#(pool),quota="requests_per_minute"} 100"#,
            #"quota="tokens_per_day",quota_code="",limit_source="override",matched_by="",burndown_rate="2.5",burndown_source="override"} 1"#,
            #"bedrock_model_id_info{account="prod",region="ap-southeast-1",model_id="global.anthropic.claude-sonnet-4-6","#
                + #"scope="global",model="anthropic.claude-sonnet-4-6",profile_name="Global Claude Sonnet 4.6","#
                + #"profile_type="system_defined",tag_team="",tag_cost_center=""} 1"#,
            #"profile_name="agent",profile_type="application",tag_team="a \"b\"",tag_cost_center=""} 1"#,
            #"scope="",model="",profile_name="",profile_type="",tag_team="",tag_cost_center=""} 1"#,
            #"bedrock_quota_tokens_total{\#(pool)} 12500000"#,
            #"bedrock_caller_quota_tokens_total{\#(pool),caller_kind="metadata:team",caller="a \"b\""} 2500.5"#,
            #"reason="unknown_model_id"} 1"#,
            #"bedrock_newest_datapoint_timestamp_seconds{account="prod",region="ap-southeast-1"} 1770000180"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(!text.contains(#"utilization_ratio{\#(pool),quota="requests_per_minute""#))
        #expect(
            !text.contains(
                #"bedrock_quota_usage{account="prod",region="ap-southeast-1",scope="global",model="<"#))
    }

    @Test("every family comes once and no series twice, over several Regions and accounts")
    func noDuplicates() {
        let keys = ["prod", "dev"].flatMap { account in
            ["r1", "r2"].map { RegionKey(account: account, region: $0) }
        }
        let text = page(Snapshot(regions: keys.map { SampleSnapshot.region($0) }))
        let lines = text.split(separator: "\n")
        let series = lines.filter { !$0.hasPrefix("#") }.map {
            $0.split(separator: " ").dropLast().joined(separator: " ")
        }
        #expect(Set(series).count == series.count)
        let types = lines.filter { $0.hasPrefix("# TYPE") }
        #expect(Set(types).count == types.count)
        var current: Substring = ""
        for line in lines {
            if line.hasPrefix("# TYPE") { current = line.split(separator: " ")[2] }
            if !line.hasPrefix("#") { #expect(line.hasPrefix(current + "{")) }
        }
        let accounts = series.filter { $0.hasPrefix("bedrock_quota_limit") }.map {
            $0.contains(#"account="dev""#)
        }
        #expect(accounts == [true, true, true, true, true, true, false, false, false, false, false, false])
    }

    @Test("an empty snapshot makes an empty page")
    func empty() {
        #expect(page(Snapshot()).isEmpty)
    }

    @Test("a rate is written as people write it")
    func plain() {
        #expect(PlainNumber.shown(5) == "5")
        #expect(PlainNumber.shown(2.5) == "2.5")
        #expect(PlainNumber.shown(1e300) == "1e+300")
    }
}
