import SQLite

/// Reads a record (https://www.sqlite.org/fileformat2.html#record_format) as SQLite would have written it.
enum RecordReader {
    /// Nil when the record is not exactly as long as it says, has a blob, which no table of ours has, text that is not
    /// UTF-8, or a number in more bytes than SQLite takes for it.
    static func values(_ record: [UInt8]) -> [SQLValue]? {
        guard let (headerBytes, start) = record.variableInteger(0), headerBytes >= start,
            headerBytes <= record.count
        else { return nil }
        var values: [SQLValue] = []
        var type = start
        var body = headerBytes
        while type < headerBytes {
            guard let (code, next) = record.variableInteger(type), next <= headerBytes,
                let (value, end) = decode(code, in: record, at: body)
            else { return nil }
            values.append(value)
            type = next
            body = end
        }
        return body == record.count ? values : nil
    }

    private static func decode(_ code: Int, in record: [UInt8], at start: Int) -> (SQLValue, end: Int)? {
        switch code {
        case 0: return (.null, start)
        case 8, 9: return (.integer(code - 8), start)
        case 1...6:
            let bytes = code < 5 ? code : code == 5 ? 6 : 8
            guard let bits = word(record, start, bytes) else { return nil }
            let unused = UInt64(64 - 8 * bytes)
            let integer = Int(Int64(bitPattern: bits << unused) >> Int64(unused))
            return shortestCode(integer) == code ? (.integer(integer), start + bytes) : nil
        case 7:
            guard let bits = word(record, start, 8) else { return nil }
            let real = Double(bitPattern: bits)
            return real.isFinite ? (.real(real), start + 8) : nil
        case 13...:
            let bytes = (code - 13) / 2
            guard code % 2 == 1, bytes <= record.count - start else { return nil }
            return String(validating: record[start..<(start + bytes)], as: UTF8.self).map {
                (.text($0), start + bytes)
            }
        default: return nil
        }
    }

    private static func word(_ record: [UInt8], _ start: Int, _ count: Int) -> UInt64? {
        guard count <= record.count - start else { return nil }
        return record[start..<(start + count)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }

    private static func shortestCode(_ value: Int) -> Int {
        // Of negative numbers the one's complement, so that both ends of a range compare alike.
        let size = value < 0 ? ~value : value
        if value == 0 || value == 1 { return 8 + value }
        if size < 1 << 7 { return 1 }
        if size < 1 << 15 { return 2 }
        if size < 1 << 23 { return 3 }
        if size < 1 << 31 { return 4 }
        return size < 1 << 47 ? 5 : 6
    }
}
