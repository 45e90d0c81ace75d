/// What a write-ahead log holds (https://www.sqlite.org/fileformat2.html#walformat): the newest version of each page that a
/// committed transaction wrote, as far as the chain of checksums reaches.
struct WriteAheadLog {
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24
    /// Ends in 1 when checksums are made of big-endian words.
    private static let magic: UInt32 = 0x377f_0682

    /// Where in the log each page lies.
    private(set) var pages: [Int: Int] = [:]
    /// Of the database after the last transaction; 0 without one.
    private(set) var pageCount = 0
    /// A transaction of this log lies behind a place that cannot be read.
    private(set) var isDamaged = false

    /// - Parameter read: Gives bytes of the log by offset and count; nil where they cannot be read.
    init(size: Int, read: (Int, Int) -> [UInt8]?) {
        guard size >= Self.headerBytes + Self.frameHeaderBytes + PageFile.pageBytes else { return }
        guard let header = read(0, Self.headerBytes), header.bigEndian32(0) & ~1 == Self.magic,
            header.bigEndian32(8) == UInt32(PageFile.pageBytes)
        else {
            isDamaged = true
            return
        }
        var sum = Checksum(isBigEndian: header.bigEndian32(0) & 1 == 1)
        sum.add(header[..<24])
        guard sum.matches(header, at: 24) else {
            isDamaged = true
            return
        }
        scan(size: size, salts: Array(header[16..<24]), sum, read)
    }

    private mutating func scan(
        size: Int, salts: [UInt8], _ start: Checksum, _ read: (Int, Int) -> [UInt8]?
    ) {
        var sum = start
        var pending: [Int: Int] = [:]
        var isBroken = false
        let frameBytes = Self.frameHeaderBytes + PageFile.pageBytes
        for offset in stride(from: Self.headerBytes, through: size - frameBytes, by: frameBytes) {
            guard let frame = read(offset, frameBytes) else {
                isBroken = true
                continue
            }
            let isOfThisLog = frame[8..<16].elementsEqual(salts)
            let commitPages = Int(frame.bigEndian32(4))
            guard !isBroken, isOfThisLog else {
                // Frames of an older round of the log have other salts.
                if isOfThisLog, commitPages > 0 { isDamaged = true }
                isBroken = true
                continue
            }
            sum.add(frame[..<8])
            sum.add(frame[Self.frameHeaderBytes...])
            guard sum.matches(frame, at: 16) else {
                if commitPages > 0 { isDamaged = true }
                isBroken = true
                continue
            }
            pending[Int(frame.bigEndian32(0))] = offset + Self.frameHeaderBytes
            guard commitPages > 0 else { continue }
            pages.merge(pending) { $1 }
            pending = [:]
            pageCount = commitPages
        }
    }

    /// The running checksum of header and frames (https://www.sqlite.org/fileformat2.html#checksum_algorithm).
    private struct Checksum {
        let isBigEndian: Bool
        var first: UInt32 = 0
        var second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        /// A multiple of 8 bytes.
        mutating func add(_ bytes: ArraySlice<UInt8>) {
            bytes.withUnsafeBytes { buffer in
                for offset in stride(from: 0, to: buffer.count - 7, by: 8) {
                    first = first &+ word(buffer, offset) &+ second
                    second = second &+ word(buffer, offset + 4) &+ first
                }
            }
        }

        func matches(_ bytes: [UInt8], at offset: Int) -> Bool {
            bytes.bigEndian32(offset) == first && bytes.bigEndian32(offset + 4) == second
        }

        private func word(_ buffer: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
            let word = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
        }
    }
}

extension [UInt8] {
    /// Four bytes from the offset on, which the array must hold.
    func bigEndian32(_ offset: Int) -> UInt32 {
        UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
            | UInt32(self[offset + 3])
    }

    /// Two bytes from the offset on, which the array must hold.
    func bigEndian16(_ offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }

    /// A variable-length integer (https://www.sqlite.org/fileformat2.html#varint) and the offset behind it; nil when the
    /// array ends within it.
    func variableInteger(_ offset: Int) -> (value: Int, end: Int)? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard offset + index < count else { return nil }
            let byte = self[offset + index]
            if index == 8 { return (Int(Int64(bitPattern: value << 8 | UInt64(byte))), offset + 9) }
            value = value << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 { return (Int(Int64(bitPattern: value)), offset + index + 1) }
        }
        return nil
    }
}
