/// One page of a b-tree (https://www.sqlite.org/fileformat2.html#b_tree_pages), taken only when it is whole: every byte of its
/// content belongs to exactly one cell or free block, or is one of the fragments that the header counts.
struct BTreePage {
    enum Kind: UInt8 {
        case interiorIndex = 0x02
        case interiorTable = 0x05
        case leafIndex = 0x0a
        case leafTable = 0x0d

        var isInterior: Bool {
            switch self {
            case .interiorIndex, .interiorTable: true
            case .leafIndex, .leafTable: false
            }
        }

        var isTable: Bool {
            switch self {
            case .interiorTable, .leafTable: true
            case .interiorIndex, .leafIndex: false
            }
        }
    }

    struct Cell {
        /// 0 on a leaf.
        var child = 0
        /// Of a table's cell.
        var rowID = 0
        /// What of the payload lies on this page; empty in the interior of a table.
        var local = 0..<0
        var payloadBytes = 0
        /// Where the payload goes on; 0 when all of it is here.
        var overflow = 0
    }

    let kind: Kind
    let bytes: [UInt8]
    let cells: [Cell]
    /// 0 on a leaf.
    let rightChild: Int

    private static let usable = PageFile.pageBytes

    /// Nil when anything does not fit. The first page of a file begins with the file's header.
    init?(_ bytes: [UInt8], isFirst: Bool) {
        let header = isFirst ? 100 : 0
        guard bytes.count == Self.usable, let kind = Kind(rawValue: bytes[header]) else { return nil }
        let pointers = header + (kind.isInterior ? 12 : 8)
        let count = bytes.bigEndian16(header + 3)
        // 0 stands for 65,536, which no page of ours has room for.
        let content = bytes.bigEndian16(header + 5)
        guard content >= pointers + 2 * count, content <= Self.usable else { return nil }
        var cells: [Cell] = []
        var used: [Range<Int>] = []
        for index in 0..<count {
            let start = bytes.bigEndian16(pointers + 2 * index)
            guard start >= content, let (cell, end) = Self.cell(bytes, at: start, kind) else { return nil }
            cells.append(cell)
            used.append(start..<max(end, start + 4))
        }
        guard let free = Self.freeBlocks(bytes, first: bytes.bigEndian16(header + 1), content),
            let fragments = Self.unused(used + free, content), fragments == Int(bytes[header + 7])
        else { return nil }
        self.kind = kind
        self.bytes = bytes
        self.cells = cells
        rightChild = kind.isInterior ? Int(bytes.bigEndian32(header + 8)) : 0
    }

    private static func cell(_ bytes: [UInt8], at start: Int, _ kind: Kind) -> (Cell, end: Int)? {
        var cell = Cell()
        var offset = start
        guard start + 4 <= usable else { return nil }
        if kind.isInterior {
            cell.child = Int(bytes.bigEndian32(offset))
            offset += 4
        }
        if kind != .interiorTable {
            guard let (size, end) = bytes.variableInteger(offset), size > 0, size < Int(Int32.max) else {
                return nil
            }
            cell.payloadBytes = size
            offset = end
        }
        if kind.isTable {
            guard let (rowID, end) = bytes.variableInteger(offset) else { return nil }
            cell.rowID = rowID
            offset = end
        }
        guard kind != .interiorTable else { return (cell, offset) }
        let local = localBytes(cell.payloadBytes, kind)
        cell.local = offset..<(offset + local)
        offset += local
        if local < cell.payloadBytes {
            guard offset + 4 <= usable else { return nil }
            cell.overflow = Int(bytes.bigEndian32(offset))
            offset += 4
        }
        return offset <= usable ? (cell, offset) : nil
    }

    /// How much of a payload the page itself holds (https://www.sqlite.org/fileformat2.html#b_tree_pages).
    private static func localBytes(_ payload: Int, _ kind: Kind) -> Int {
        let most = kind == .leafTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
        guard payload > most else { return payload }
        let least = (usable - 12) * 32 / 255 - 23
        let fitting = least + (payload - least) % (usable - 4)
        return fitting <= most ? fitting : least
    }

    private static func freeBlocks(_ bytes: [UInt8], first: Int, _ content: Int) -> [Range<Int>]? {
        var blocks: [Range<Int>] = []
        var next = first
        while next != 0 {
            guard next >= max(content, blocks.last?.upperBound ?? 0), next + 4 <= usable else { return nil }
            let size = bytes.bigEndian16(next + 2)
            guard size >= 4, next + size <= usable else { return nil }
            blocks.append(next..<(next + size))
            next = bytes.bigEndian16(next)
        }
        return blocks
    }

    /// How many bytes of the content area belong to nothing; nil when some belong to two.
    private static func unused(_ used: [Range<Int>], _ content: Int) -> Int? {
        var next = content
        var unused = 0
        for range in used.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard range.lowerBound >= next else { return nil }
            unused += range.lowerBound - next
            next = range.upperBound
        }
        return next <= usable ? unused + usable - next : nil
    }
}
