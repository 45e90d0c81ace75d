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
