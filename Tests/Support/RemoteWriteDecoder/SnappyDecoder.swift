/// Snappy's block format read by its description, sharing nothing with the encoder under test.
package enum SnappyDecoder {
    package enum Failure: Error, Equatable {
        case truncated
        case badLength
        case badOffset
        case tooLong
    }

    /// More than any request.
    private static let limit = 64 << 20

    package static func decompress(_ input: [UInt8]) throws(Failure) -> [UInt8] {
        var reader = ByteReader(input)
        let length = try reader.varint()
        guard length <= UInt64(limit) else { throw .tooLong }
        var output: [UInt8] = []
        while !reader.isAtEnd {
            let tag = try reader.byte()
            switch tag & 0b11 {
            case 0: output += try reader.bytes(try literalLength(tag, &reader))
            case 1:
                let low = Int(try reader.byte())
                try copy(4 + Int(tag >> 2 & 0b111), offset: Int(tag >> 5) << 8 | low, &output)
            case 2: try copy(1 + Int(tag >> 2), offset: try reader.littleEndian(2), &output)
            default: try copy(1 + Int(tag >> 2), offset: try reader.littleEndian(4), &output)
            }
            guard output.count <= Int(length) else { throw .badLength }
        }
        guard output.count == Int(length) else { throw .badLength }
        return output
    }

    private static func literalLength(_ tag: UInt8, _ reader: inout ByteReader) throws(Failure) -> Int {
        let short = Int(tag >> 2)
        return short < 60 ? short + 1 : try reader.littleEndian(short - 59) + 1
    }

    private static func copy(_ length: Int, offset: Int, _ output: inout [UInt8]) throws(Failure) {
        guard offset > 0, offset <= output.count else { throw .badOffset }
        for _ in 0..<length { output.append(output[output.count - offset]) }
    }
}

struct ByteReader {
    private let input: [UInt8]
    private var position = 0

    init(_ input: [UInt8]) { self.input = input }

    var isAtEnd: Bool { position == input.count }

    mutating func byte() throws(SnappyDecoder.Failure) -> UInt8 {
        guard position < input.count else { throw .truncated }
        defer { position += 1 }
        return input[position]
    }

    mutating func bytes(_ count: Int) throws(SnappyDecoder.Failure) -> [UInt8] {
        guard count <= input.count - position else { throw .truncated }
        defer { position += count }
        return Array(input[position..<position + count])
    }

    mutating func littleEndian(_ count: Int) throws(SnappyDecoder.Failure) -> Int {
        try bytes(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func varint() throws(SnappyDecoder.Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
        }
        throw .badLength
    }
}
