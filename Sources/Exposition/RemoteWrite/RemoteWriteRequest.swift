/// The body of a request by the Prometheus Remote-Write 1.0 specification
/// (https://prometheus.io/docs/specs/prw/remote_write_spec/), section "Protocol": message `prometheus.WriteRequest`.
///
///     message WriteRequest { repeated TimeSeries timeseries = 1; }
///     message TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
///     message Label        { string name = 1; string value = 2; }
///     message Sample       { double value = 1; int64 timestamp = 2; }   // milliseconds
package struct RemoteWriteRequest: Sendable {
    private enum Field {
        static let timeSeries: UInt64 = 1
        static let labels: UInt64 = 1
        static let samples: UInt64 = 2
        static let name: UInt64 = 1
        static let text: UInt64 = 2
        static let value: UInt64 = 1
        static let timestamp: UInt64 = 2
    }

    private var writer: ProtobufWriter
    package private(set) var sampleCount = 0

    package init() {
        writer = ProtobufWriter()
    }

    /// Not yet compressed.
    package var byteCount: Int { writer.bytes.count }

    /// Adds a series. Its samples must be in the order of time, which the specification asks of senders.
    package mutating func append(_ labels: RemoteWriteLabels, _ samples: [RemoteWriteSample]) {
        guard !samples.isEmpty else { return }
        var series = ProtobufWriter(reserving: labels.encoded.count + 24 * samples.count)
        for sample in samples {
            var encoded = ProtobufWriter(reserving: 20)
            encoded.double(Field.value, sample.value)
            encoded.int64(Field.timestamp, sample.timestampMilliseconds)
            series.message(Field.samples, encoded.bytes)
        }
        writer.message(Field.timeSeries, labels.encoded + series.bytes)
        sampleCount += samples.count
    }

    /// The message in Snappy's block format, as "Protocol" requires.
    package func compressed() -> [UInt8] { SnappyBlock.compress(writer.bytes) }

    /// The message as it is.
    package var encoded: [UInt8] { writer.bytes }

    /// The fields `labels` of a `TimeSeries`.
    fileprivate static func encode(_ labels: [(name: String, value: String)]) -> [UInt8] {
        var fields = ProtobufWriter(reserving: 48 * labels.count)
        for label in labels {
            var encoded = ProtobufWriter(reserving: label.name.utf8.count + label.value.utf8.count + 6)
            encoded.string(Field.name, label.name)
            encoded.string(Field.text, label.value)
            fields.message(Field.labels, encoded.bytes)
        }
        return fields.bytes
    }
}

/// One value of a series.
package struct RemoteWriteSample: Equatable, Sendable {
    package let value: Double
    /// Since 1970.
    package let timestampMilliseconds: Int64

    package init(value: Double, timestampMilliseconds: Int64) {
        self.value = value
        self.timestampMilliseconds = timestampMilliseconds
    }
}

/// The labels of a series with its name, sorted and encoded once.
///
/// Section "Labels": the name is label `__name__`, names are sorted, none comes twice, and an empty value must not be
/// sent: here such a label is left out, which means the same. Of a repeated name the last value counts.
package struct RemoteWriteLabels: Sendable {
    let encoded: [UInt8]

    package var byteCount: Int { encoded.count }

    package init(name: String, _ labels: [(name: String, value: String)]) {
        var values = ["__name__": name]
        for (name, value) in labels { values[name] = value }
        // By bytes, as Go compares strings: "Zone" comes before "__name__".
        let sorted = values.filter { !$0.value.isEmpty }.sorted { a, b in
            a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
        }
        encoded = RemoteWriteRequest.encode(sorted.map { ($0.key, $0.value) })
    }
}

/// The part of protocol buffers' wire format that a `WriteRequest` needs
/// (https://protobuf.dev/programming-guides/encoding/): varints, 64-bit values and length-delimited fields.
struct ProtobufWriter {
    /// The low three bits of a field's tag.
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
    }

    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func string(_ field: UInt64, _ text: String) {
        tag(field, .lengthDelimited)
        varint(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    /// A nested message, already encoded.
    mutating func message(_ field: UInt64, _ encoded: some Collection<UInt8>) {
        tag(field, .lengthDelimited)
        varint(UInt64(encoded.count))
        bytes += encoded
    }

    /// Left out when zero, proto3's default; minus zero has another bit pattern and is written.
    mutating func double(_ field: UInt64, _ value: Double) {
        guard value.bitPattern != 0 else { return }
        tag(field, .fixed64)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    /// Type `int64`: a negative value takes ten bytes. Left out when zero.
    mutating func int64(_ field: UInt64, _ value: Int64) {
        guard value != 0 else { return }
        tag(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    private mutating func tag(_ field: UInt64, _ type: WireType) {
        varint(field << 3 | type.rawValue)
    }

    /// Base 128, lowest seven bits first.
    private mutating func varint(_ value: UInt64) {
        Varint.append(value, to: &bytes)
    }
}

/// Variable-length integers, which protocol buffers and Snappy's preamble share.
enum Varint {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
