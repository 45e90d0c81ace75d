import FoundationEssentials

/// Writes JSON by appending bytes; commas are set on its own, nesting follows the closures.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(reservedBytes: Int = 1024) {
        bytes.reserveCapacity(reservedBytes)
    }

    mutating func object(_ members: (inout JSONText) -> Void) {
        open(UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func array(_ elements: (inout JSONText) -> Void) {
        open(UInt8(ascii: "["))
        elements(&self)
        close(UInt8(ascii: "]"))
    }

    /// The name of the member whose value is written next.
    mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 { appendEscaped(byte) }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func boolean(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func member(_ name: String, _ value: Int) {
        key(name)
        separate()
        appendDigits(value)
    }

    /// A number as AWS's JVM services print doubles: `35000.0`, and from 10^7 on `3.5E7`.
    mutating func double(_ value: Double) {
        separate()
        guard value == value.rounded(), abs(value) < 1e15 else {
            bytes.append(contentsOf: "\(value)".utf8)
            return
        }
        let whole = Int(value)
        guard abs(whole) >= 10_000_000 else {
            appendDigits(whole)
            bytes.append(UInt8(ascii: "."))
            bytes.append(UInt8(ascii: "0"))
            return
        }
        appendScientific(whole)
    }

    private mutating func appendScientific(_ value: Int) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var exponent = 0
        var scale: UInt = 1
        while rest / scale >= 10 {
            scale *= 10
            exponent += 1
        }
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / scale))
        bytes.append(UInt8(ascii: "."))
        repeat {
            rest %= scale
            scale /= 10
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / scale))
        } while rest % scale != 0
        bytes.append(UInt8(ascii: "E"))
        appendDigits(exponent)
    }

    private mutating func appendDigits(_ value: Int) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        var scale: UInt = 1
        while magnitude / scale >= 10 { scale *= 10 }
        while scale > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude / scale % 10))
            scale /= 10
        }
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default:
            bytes.append(byte)
        }
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}

/// Decodes request bodies.
enum JSONInput {
    /// An empty body counts as `{}`; throws `malformedInput`.
    static func decoded<Input: Decodable>(_ type: Input.Type, from body: [UInt8]) throws(ServiceError)
        -> Input
    {
        do {
            return try JSONDecoder().decode(type, from: Data(body.isEmpty ? Array("{}".utf8) : body))
        } catch {
            throw ServiceError(.malformedInput, "The request body cannot be read: \(error)")
        }
    }
}
