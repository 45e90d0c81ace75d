/// JSON (RFC 8259) as AWS writes its longest answers, read several times as fast as a decoder of any JSON does.
///
/// Whatever is not written in that way (an escape, `null`, a sign, an unknown key, a fault) is left to the decoder, which then
/// reads the answer or tells what is wrong with it. What is read here, the decoder would read as the same.
struct PlainJSON {
    /// Something that is left to the decoder.
    struct Unusual: Error {}

    private let bytes: [UInt8]
    private var index = 0
    /// Numbers of the last array: mostly as many as of the next one.
    private var numberCount = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The whole answer; nil when it is left to the decoder.
    static func read<Answer>(
        _ bytes: [UInt8], _ answer: (inout PlainJSON) throws(Unusual) -> Answer
    ) -> Answer? {
        var json = PlainJSON(bytes)
        do throws(Unusual) {
            let answer = try answer(&json)
            json.skipBlanks()
            return json.index == bytes.count ? answer : nil
        } catch {
            return nil
        }
    }

    /// An object; the closure reads the value of each key.
    mutating func members(_ member: (inout Self, String) throws(Unusual) -> Void) throws(Unusual) {
        try expect(UInt8(ascii: "{"))
        guard !take(UInt8(ascii: "}")) else { return }
        repeat {
            let key = try text()
            try expect(UInt8(ascii: ":"))
            try member(&self, key)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// An array; the closure reads each element.
    mutating func elements(_ element: (inout Self) throws(Unusual) -> Void) throws(Unusual) {
        try expect(UInt8(ascii: "["))
        guard !take(UInt8(ascii: "]")) else { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    /// Printable ASCII without escapes.
    mutating func text() throws(Unusual) -> String {
        try expect(UInt8(ascii: "\""))
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            guard (0x20..<0x7F).contains(bytes[index]), bytes[index] != UInt8(ascii: "\\") else {
                throw Unusual()
            }
            index += 1
        }
        guard index < bytes.count else { throw Unusual() }
        defer { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// An array of numbers.
    mutating func numbers() throws(Unusual) -> [Double] {
        var numbers: [Double] = []
        numbers.reserveCapacity(numberCount)
        try elements { (reader) throws(Unusual) in numbers.append(try reader.number()) }
        numberCount = numbers.count
        return numbers
    }

    /// A number without sign whose digits and power of ten a Double holds exactly: then one multiplication or division
    /// rounds as it should.
    private mutating func number() throws(Unusual) -> Double {
        skipBlanks()
        let start = index
        var value = readDigits(after: 0)
        // No digit, or one too many in front.
        guard index > start, index == start + 1 || bytes[start] != UInt8(ascii: "0") else { throw Unusual() }
        var power = 0
        if take(exactly: UInt8(ascii: ".")) {
            let point = index
            value = readDigits(after: value)
            power = point - index
            guard power < 0 else { throw Unusual() }
        }
        guard index - start <= Self.exactDigits else { throw Unusual() }
        if take(exactly: UInt8(ascii: "e")) || take(exactly: UInt8(ascii: "E")) { power += try exponent() }
        guard (-Self.exactPowers.count + 1..<Self.exactPowers.count).contains(power) else { throw Unusual() }
        return power < 0
            ? Double(value) / Self.exactPowers[-power] : Double(value) * Self.exactPowers[power]
    }

    /// Fewer characters than 2^53 has digits.
    private static let exactDigits = 15
    private static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    /// Too many digits overflow without harm: their number is looked at before the value is.
    private mutating func readDigits(after start: Int) -> Int {
        var value = start
        while index < bytes.count, case let digit = Int(bytes[index]) - 0x30, (0...9).contains(digit) {
            value = value &* 10 &+ digit
            index += 1
        }
        return value
    }

    /// One or two digits.
    private mutating func exponent() throws(Unusual) -> Int {
        let isNegative = take(exactly: UInt8(ascii: "-"))
        if !isNegative { _ = take(exactly: UInt8(ascii: "+")) }
        let start = index
        let value = readDigits(after: 0)
        guard (1...2).contains(index - start) else { throw Unusual() }
        return isNegative ? -value : value
    }

    private mutating func skipBlanks() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    /// Takes the byte if it comes next, blanks before it included.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        return take(exactly: byte)
    }

    private mutating func take(exactly byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(Unusual) {
        guard take(byte) else { throw Unusual() }
    }
}
