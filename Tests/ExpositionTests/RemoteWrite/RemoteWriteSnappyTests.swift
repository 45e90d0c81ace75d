import RemoteWriteDecoder
import Testing

@testable import Exposition

@Suite("Snappy block format")
struct RemoteWriteSnappyTests {
    @Test(
        "Golden bytes of literals and copies",
        arguments: [
            ([], [0]),
            ([0x61], [1, 0, 0x61]),
            // Four bytes, then a copy that overlaps its own output: offset 1, length 63 and so on.
            (Array(repeating: 0x61, count: 4), [4, 0x0C, 0x61, 0x61, 0x61, 0x61]),
            (Array("abcdabcdabcd".utf8), [12, 0x0C, 0x61, 0x62, 0x63, 0x64, 0x11, 0x04]),
            (
                Array("abcdefghabcdefgh12345".utf8),
                [21, 0x1C] + Array("abcdefgh".utf8) + [0x11, 0x08, 0x10] + Array("12345".utf8)
            ),
        ] as [([UInt8], [UInt8])])
    func golden(input: [UInt8], expected: [UInt8]) throws {
        #expect(SnappyBlock.compress(input) == expected)
        #expect(try SnappyDecoder.decompress(expected) == input)
    }

    @Test("Literals of every length form and lengths around every bound come back")
    func lengths() throws {
        for count in [1, 3, 4, 5, 59, 60, 61, 255, 256, 257, 65_535, 65_536, 65_537, 131_073, 300_000] {
            var generator = RemoteWriteRandom(seed: UInt64(count))
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let same = [UInt8](repeating: 7, count: count)
            let period = (0..<count).map { UInt8($0 % 67) }
            for input in [noise, same, period] {
                let compressed = SnappyBlock.compress(input)
                #expect(try SnappyDecoder.decompress(compressed) == input, "\(count) bytes")
                // The worst case of the format's own reference (MaxCompressedLength).
                #expect(compressed.count <= 32 + count + count / 6)
            }
        }
    }

    @Test("Random texts of few letters, with repeats near and far, come back")
    func fuzz() throws {
        var generator = RemoteWriteRandom(seed: 42)
        for round in 0..<400 {
            var input: [UInt8] = []
            let letters = UInt8.random(in: 1...40, using: &generator)
            for _ in 0..<Int.random(in: 0...60, using: &generator) {
                if Bool.random(using: &generator), input.count > 4 {
                    let start = Int.random(in: 0..<input.count, using: &generator)
                    input +=
                        input[start..<min(input.count, start + Int.random(in: 1...300, using: &generator))]
                } else {
                    let count = Int.random(in: 1...90, using: &generator)
                    input += (0..<count).map { _ in UInt8.random(in: 0..<letters, using: &generator) }
                }
            }
            #expect(try SnappyDecoder.decompress(SnappyBlock.compress(input)) == input, "round \(round)")
        }
    }

    @Test("A request of a Region's minute shrinks to less than a fifth")
    func ratio() {
        var request = RemoteWriteRequest()
        for model in 0..<50 {
            for metric in RemoteWriteCatalog.all.prefix(11) {
                let labels = RemoteWriteLabels(
                    name: metric.name,
                    [
                        ("account", "111122223333"), ("region", "ap-southeast-1"),
                        ("model_id", "global.anthropic.claude-model-\(model)-20251001-v1:0"),
                    ])
                let value = Double(model * 7919 % 100_003)
                request.append(
                    labels, [RemoteWriteSample(value: value, timestampMilliseconds: 1_772_323_260_000)])
            }
        }
        #expect(request.compressed().count * 5 < request.byteCount)
    }
}

/// SplitMix64, so that a failing run can be repeated.
struct RemoteWriteRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
