import Exposition
import RemoteWriteDecoder

/// Remote write: another decoder gets back, bit by bit, what was encoded and compressed.
enum RemoteWriteFuzz {
    /// The bytes are texts ended by zeros, and figures taken from them.
    static func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        let texts = bytes.split(separator: 0, omittingEmptySubsequences: false).prefix(200)
            .map { String(decoding: $0, as: UTF8.self) }
        var request = RemoteWriteRequest()
        var expected: [DecodedRequest.Series] = []
        for start in stride(from: 0, to: texts.count - 1, by: 2) {
            let pair = (name: texts[start], value: texts[start + 1])
            let samples = figures(bytes.dropFirst(start))
            request.append(
                RemoteWriteLabels(name: "x", [pair]),
                samples.map { RemoteWriteSample(value: $0.value, timestampMilliseconds: $0.milliseconds) })
            guard !samples.isEmpty else { continue }
            var series = DecodedRequest.Series()
            series.samples = samples
            var labels = ["__name__": "x"]
            labels[pair.name] = pair.value
            series.labels = labels.filter { !$0.value.isEmpty }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
            expected.append(series)
        }
        do {
            let decoded = try DecodedRequest(body: request.compressed())
            try require(decoded.series == expected, "something else was decoded than was encoded")
        } catch {
            throw FuzzFinding("the other side cannot read it: \(error)")
        }
    }

    private static func figures(_ bytes: ArraySlice<UInt8>) -> [(value: Double, milliseconds: Int64)] {
        guard bytes.count >= 16 else { return [] }
        let words = [bytes.prefix(8), bytes.dropFirst(8).prefix(8)].map { part in
            part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return [(Double(bitPattern: words[0]), Int64(bitPattern: words[1]))]
    }
}
