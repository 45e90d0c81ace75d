/// A decoded `WriteRequest`, in the order in which it was written.
package struct DecodedRequest: Equatable {
    package struct Series: Equatable {
        package var labels: [(name: String, value: String)] = []
        package var samples: [(value: Double, milliseconds: Int64)] = []

        package init() {}

        package static func == (a: Self, b: Self) -> Bool {
            a.labels.elementsEqual(b.labels, by: ==)
                && a.samples.elementsEqual(b.samples) {
                    $0.value.bitPattern == $1.value.bitPattern && $0.1 == $1.1
                }
        }

        /// `name{a="b",…}`.
        package var text: String {
            let name = labels.first { $0.name == "__name__" }?.value ?? ""
            let rest = labels.filter { $0.name != "__name__" }.map { "\($0.name)=\"\($0.value)\"" }
            return "\(name){\(rest.joined(separator: ","))}"
        }
    }

    package var series: [Series] = []

    package enum Failure: Error, Equatable {
        case wire
        case unknownField(UInt64)
        case badText
    }

    package init() {}

    /// Reads the message of the Remote-Write 1.0 specification; an unknown field is an error here.
    package init(protobuf bytes: [UInt8]) throws {
        for (field, value) in try Self.fields(bytes) {
            guard field == 1, case .bytes(let message) = value else { throw Failure.unknownField(field) }
            series.append(try Self.series(message))
        }
    }

    package init(body: [UInt8]) throws {
        try self.init(protobuf: try SnappyDecoder.decompress(body))
    }

    private static func series(_ bytes: [UInt8]) throws -> Series {
        var series = Series()
        for (field, value) in try fields(bytes) {
            guard case .bytes(let message) = value else { throw Failure.unknownField(field) }
            switch field {
            case 1: series.labels.append(try label(message))
            case 2: series.samples.append(try sample(message))
            default: throw Failure.unknownField(field)
            }
        }
        return series
    }

    private static func label(_ bytes: [UInt8]) throws -> (String, String) {
        var label = ("", "")
        for (field, value) in try fields(bytes) {
            guard case .bytes(let text) = value, let string = String(validating: text, as: UTF8.self) else {
                throw Failure.badText
            }
            switch field {
            case 1: label.0 = string
            case 2: label.1 = string
            default: throw Failure.unknownField(field)
            }
        }
        return label
    }

    private static func sample(_ bytes: [UInt8]) throws -> (Double, Int64) {
        var sample = (0.0, Int64(0))
        for (field, value) in try fields(bytes) {
            switch (field, value) {
            case (1, .fixed(let bits)): sample.0 = Double(bitPattern: bits)
            case (2, .varint(let number)): sample.1 = Int64(bitPattern: number)
            default: throw Failure.unknownField(field)
            }
        }
        return sample
    }

    private enum Value {
        case varint(UInt64)
        case fixed(UInt64)
        case bytes([UInt8])
    }

    private static func fields(_ bytes: [UInt8]) throws -> [(UInt64, Value)] {
        var reader = ByteReader(bytes)
        var fields: [(UInt64, Value)] = []
        while !reader.isAtEnd {
            let tag = try reader.varint()
            switch tag & 7 {
            case 0: fields.append((tag >> 3, .varint(try reader.varint())))
            case 1:
                let bytes = try reader.bytes(8)
                fields.append((tag >> 3, .fixed(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })))
            case 2:
                let length = try reader.varint()
                guard length <= UInt64(bytes.count) else { throw Failure.wire }
                fields.append((tag >> 3, .bytes(try reader.bytes(Int(length)))))
            default: throw Failure.wire
            }
        }
        return fields
    }
}
