/// Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt), compression only.
///
/// Greedy like the reference: 64 KiB at a time, a hash table of the positions of four-byte sequences, longer steps
/// where nothing repeats. Every `WriteRequest` repeats its labels, which makes it a tenth of its size.
enum SnappyBlock {
    /// Blocks are compressed apart, so that two bytes hold every offset (2.2.2).
    private static let blockBytes = 1 << 16
    private static let minimumMatch = 4
    /// A copy element of one or two offset bytes holds at most so many bytes (2.2.1, 2.2.2).
    private static let longestCopy = 64
    private static let tableBits = 14

    /// The preamble with the length of the input (1), then literals and copies (2).
    static func compress(_ input: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(input.count / 4 + 32)
        Varint.append(UInt64(input.count), to: &output)
        var table = [UInt16](repeating: 0, count: 1 << tableBits)
        var start = 0
        while start < input.count {
            let block = input[start..<min(start + blockBytes, input.count)]
            block.withUnsafeBytes { compress($0, table: &table, to: &output) }
            start += blockBytes
            if start < input.count {
                for index in table.indices { table[index] = 0 }
            }
        }
        return output
    }

    private static func compress(
        _ block: UnsafeRawBufferPointer, table: inout [UInt16], to output: inout [UInt8]
    ) {
        var literalStart = 0
        var position = 1
        /// Grows where nothing repeats, so that incompressible input costs little.
        var misses = 32
        while position + minimumMatch <= block.count {
            let word = word(block, position)
            let slot = Int((word &* 0x1e35_a7bd) >> (32 - tableBits))
            let candidate = Int(table[slot])
            // Blocks are at most 64 KiB, so a position always fits.
            table[slot] = UInt16(truncatingIfNeeded: position)
            guard candidate < position, self.word(block, candidate) == word else {
                position += misses >> 5
                misses += 1
                continue
            }
            appendLiteral(block[literalStart..<position], to: &output)
            var length = minimumMatch
            while position + length < block.count, block[candidate + length] == block[position + length] {
                length += 1
            }
            appendCopy(offset: position - candidate, length: length, to: &output)
            position += length
            literalStart = position
            misses = 32
        }
        appendLiteral(block[literalStart...], to: &output)
    }

    private static func word(_ block: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        block.loadUnaligned(fromByteOffset: position, as: UInt32.self)
    }

    /// 2.1: up to 60 bytes the tag holds the length, above that one or two bytes after it do; a block needs no more.
    private static func appendLiteral(_ literal: Slice<UnsafeRawBufferPointer>, to output: inout [UInt8]) {
        guard !literal.isEmpty else { return }
        let length = literal.count - 1
        switch length {
        case ..<60: output.append(UInt8(length) << 2)
        case ..<256: output += [60 << 2, UInt8(length)]
        default: output += [61 << 2, UInt8(length & 0xFF), UInt8(length >> 8)]
        }
        output += literal
    }

    /// 2.2: lengths of 4 to 11 with an offset below 2,048 take two bytes, all others three.
    private static func appendCopy(offset: Int, length: Int, to output: inout [UInt8]) {
        var rest = length
        while rest > 0 {
            // Never leaves a rest of 1 to 3 bytes, which the two-byte form could not hold.
            let part = rest > longestCopy && rest < longestCopy + minimumMatch ? 60 : min(rest, longestCopy)
            if (4...11).contains(part), offset < 2048 {
                output += [UInt8(0b01 | (part - 4) << 2 | (offset >> 8) << 5), UInt8(offset & 0xFF)]
            } else {
                output += [UInt8(0b10 | (part - 1) << 2), UInt8(offset & 0xFF), UInt8(offset >> 8)]
            }
            rest -= part
        }
    }
}
