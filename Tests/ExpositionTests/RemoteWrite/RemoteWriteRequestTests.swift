import RemoteWriteDecoder
import Testing

@testable import Exposition

@Suite("Remote-write request")
struct RemoteWriteRequestTests {
    private func request(_ labels: RemoteWriteLabels, _ samples: [(Double, Int64)]) -> RemoteWriteRequest {
        var request = RemoteWriteRequest()
        request.append(labels, samples.map { RemoteWriteSample(value: $0.0, timestampMilliseconds: $0.1) })
        return request
    }

    @Test("The bytes are those that protoc's encoders make")
    func golden() {
        let request = request(RemoteWriteLabels(name: "up", [("a", "b")]), [(1.5, 1000), (0, 0)])
        let bytes: [UInt8] =
            [0x0A, 42]
            + [0x0A, 14, 0x0A, 8] + Array("__name__".utf8) + [0x12, 2] + Array("up".utf8)
            + [0x0A, 6, 0x0A, 1, 0x61, 0x12, 1, 0x62]
            + [0x12, 12, 0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x10, 0xE8, 0x07]
            // Zeros are proto3's default and left out.
            + [0x12, 0]
        // 16 + 8 + 14 + 2 bytes of fields.
        #expect(request.encoded == [0x0A, 40] + bytes.dropFirst(2))
        #expect(request.sampleCount == 2)
    }

    @Test(
        "Values and times come back bit by bit",
        arguments: [
            (0.0, 0), (-0.0, 1), (0.1, -1), (.infinity, .max), (-.infinity, .min),
            (.greatestFiniteMagnitude, 1_772_323_260_000), (.leastNonzeroMagnitude, 127), (3_500_000, 128),
        ] as [(Double, Int64)])
    func values(value: Double, milliseconds: Int64) throws {
        let decoded = try DecodedRequest(
            body: request(RemoteWriteLabels(name: "x", []), [(value, milliseconds)]).compressed())
        let sample = try #require(decoded.series.first?.samples.first)
        #expect(sample.value.bitPattern == value.bitPattern && sample.milliseconds == milliseconds)
    }

    @Test("Labels are sorted by bytes, once each, the last value counting, without empty ones")
    func labels() throws {
        let labels = RemoteWriteLabels(
            name: "x", [("region", "r"), ("Zone", "z"), ("é", "ü\"\n"), ("empty", ""), ("region", "s")])
        let series = try #require(
            try DecodedRequest(body: request(labels, [(1, 1)]).compressed()).series.first)
        #expect(series.labels.map(\.name) == ["Zone", "__name__", "region", "é"])
        #expect(series.labels.map(\.value) == ["z", "x", "s", "ü\"\n"])
    }

    @Test("A series without samples is not written")
    func empty() {
        let request = request(RemoteWriteLabels(name: "x", []), [])
        #expect(request.encoded.isEmpty && request.compressed() == [0])
    }

    @Test(
        "A cut or changed request is refused or decoded, never a crash, and the decoder tells it from the whole"
    )
    func damage() throws {
        let body = request(RemoteWriteLabels(name: "up", [("a", "b"), ("c", "d")]), [(1, 1), (2, 2)])
            .compressed()
        let whole = try DecodedRequest(body: body)
        for count in body.indices {
            #expect(throws: (any Error).self) { try DecodedRequest(body: Array(body[..<count])) }
        }
        var different = 0
        for index in body.indices {
            var changed = body
            changed[index] ^= 0x15
            do {
                if try DecodedRequest(body: changed) != whole { different += 1 }
            } catch {
                different += 1
            }
        }
        #expect(different == body.count)
    }
}

@Suite("Remote-write catalog")
struct RemoteWriteCatalogTests {
    @Test("Names are unique, gauges of a minute, and none is scraped")
    func names() {
        let names = RemoteWriteCatalog.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(names).isDisjoint(with: MetricCatalog.all.map(\.name)))
        for metric in RemoteWriteCatalog.all {
            #expect(metric.name.hasPrefix("bedrock_minute_") && metric.kind == .gauge, "\(metric.name)")
            #expect(metric.help.hasSuffix("."))
        }
    }
}
