import Exposition

/// The metrics page with hostile label values: a strict reader gets back exactly what went in.
enum ExpositionFuzz {
    private static let labelNames = ["account", "region", "model_id"]

    /// The bytes are label values, ended by zeros.
    static func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        let values = bytes.split(separator: 0, omittingEmptySubsequences: false).prefix(300)
            .map { String(decoding: $0, as: UTF8.self) }
        var family = MetricFamily(MetricCatalog.up)
        var expected: [[String]] = []
        for start in stride(from: 0, to: values.count, by: labelNames.count) {
            let row = labelNames.indices.map { start + $0 < values.count ? values[start + $0] : "" }
            family.add(LabelSet(Array(zip(labelNames, row).map { ($0, $1) })), Double(start))
            expected.append(row)
        }
        for format in ExpositionFormat.allCases {
            let page = PageEncoder.page([PageEncoder.section([family], format: format)], format: format)
            let read = try StrictReader.samples(page)
            let rows = read.map { sample in labelNames.map { sample[$0] ?? "?" } }
            try require(
                rows.map(bytesOf) == expected.map(bytesOf), "\(rows) was read, \(expected) was written")
        }
    }

    /// Swift takes texts of other bytes for equal when they look the same.
    private static func bytesOf(_ row: [String]) -> [[UInt8]] { row.map { Array($0.utf8) } }
}

/// Reads a page of one family by the grammar of the text format 0.0.4 and no more.
private enum StrictReader {
    static func samples(_ page: [UInt8]) throws(FuzzFinding) -> [[String: String]] {
        try require(page.last == UInt8(ascii: "\n"), "the last line has no end")
        try require(String(validating: page, as: UTF8.self) != nil, "the page is not UTF-8")
        var samples: [[String: String]] = []
        for line in page.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        where line.first != UInt8(ascii: "#") {
            samples.append(try labels(line))
        }
        return samples
    }

    private static func labels(_ line: ArraySlice<UInt8>) throws(FuzzFinding) -> [String: String] {
        guard let open = line.firstIndex(of: UInt8(ascii: "{")) else { throw FuzzFinding("no labels") }
        var labels: [String: String] = [:]
        var rest = line[(open + 1)...]
        while rest.first != UInt8(ascii: "}") {
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { throw FuzzFinding("no =") }
            let name = String(decoding: rest[..<equals], as: UTF8.self)
            rest = rest[(equals + 1)...]
            let value = try quoted(&rest)
            try require(labels.updateValue(value, forKey: name) == nil, "\(name) twice")
            if rest.first == UInt8(ascii: ",") { rest = rest.dropFirst() }
        }
        let number = String(decoding: rest.dropFirst(2), as: UTF8.self)
        try require(
            rest.dropFirst().first == UInt8(ascii: " ") && Double(number) != nil, "no value: \(number)")
        return labels
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) throws(FuzzFinding) -> String {
        try require(rest.popFirst() == UInt8(ascii: "\""), "no quote")
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "\\"): value.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\""): value.append(UInt8(ascii: "\""))
                case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
                case let other: throw FuzzFinding("an unknown escape \(other ?? 0)")
                }
            default: value.append(byte)
            }
        }
        throw FuzzFinding("a quote that does not end")
    }
}
