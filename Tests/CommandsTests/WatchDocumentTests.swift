import FoundationEssentials
import Testing

@testable import Commands
@testable import System

@Suite("watch as JSON")
struct WatchDocumentTests {
    private func text(_ reading: WatchReading) throws -> String {
        var state = WatchState()
        state.take(reading)
        let document = WatchDocument(
            reading, pools: state.rows, source: "http://127.0.0.1:9747", now: WatchSample.now)
        return String(decoding: try JSONDocument.bytes(document), as: UTF8.self)
    }

    @Test("a reading is what the exporter's own documents are, what is not known is null")
    func shape() throws {
        let reading = WatchSample.reading
        let text = try text(reading)
        #expect(text.hasPrefix(#"{"alerts":[{"alert":"#))
        #expect(text.contains(#""exporter":"http://127.0.0.1:9747""#))
        #expect(text.contains(#""time":"2026-11-24T14:05:37Z""#))
        #expect(text.contains(#""ready":\#(reading.isReady)"#))
        #expect(text.contains(#""usage":null,"usage_source":null,"utilization_ratio":null"#))
        #expect(text.contains(#""minute":"2026-11-24T14:02:00Z""#))
        #expect(text.contains(#""peak_utilization_ratio":{"1h":1.04,"5m":0.82}"#))
        #expect(text.contains(#""recent_throttles":12"#) && text.contains(#""recent_throttles":null"#))
        #expect(
            text.contains(
                #""unmapped":[{"account":"prod","model_id":"k3v9wq2n7xtp","profile_name":null,"reason":"unknown_profile","region":"ap-east-2"}]"#
            ))
    }

    @Test("pools come as the lines do, the highest utilization first; it is read back as it was")
    func pools() throws {
        struct Document: Decodable {
            let pools: [WatchPool]
            let regions: [WatchReading.Region]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        let reading = WatchSample.reading
        let document = try decoder.decode(Document.self, from: Data(try text(reading).utf8))
        #expect(document.regions.map(\.region) == reading.regions.map(\.region))
        let ratios = document.pools.map { $0.highestRatio ?? -1 }
        #expect(ratios == ratios.sorted(by: >) && ratios.count == reading.pools.count)
        #expect(Set(document.pools.map(\.id)) == Set(reading.pools.map(\.id)))
        #expect(
            document.pools.flatMap(\.quotas).map(\.limit).sorted()
                == reading.pools.flatMap(\.quotas).map(\.limit).sorted())
    }

    @Test("without a list of alerts there is none, and what names hold is written out")
    func alertsAndNames() throws {
        var reading = WatchSample.reading
        reading.alerts = nil
        reading.pools = [WatchSample.pool(account: "a\u{202E}\u{1B}[2J")]
        let text = try text(reading)
        #expect(text.hasPrefix(#"{"alerts":null,"#))
        #expect(text.contains(#""account":"a\u202e\u001b[2J""#))
    }

    @Test("a format is known, and JSON is for one reading")
    func flags() throws {
        #expect(
            throws: Invocation.UsageError(description: "--format=json is one reading; it needs --once")
        ) { try WatchCommand(Invocation.parse(["watch", "--format=json"])) }
        #expect(
            throws: Invocation.UsageError(
                description: "--format: \"xml\" is not known; allowed: text, json")
        ) { try WatchCommand(Invocation.parse(["watch", "--once", "--format=xml"])) }
        _ = try WatchCommand(Invocation.parse(["watch", "--once", "--format=json"]))
    }
}
