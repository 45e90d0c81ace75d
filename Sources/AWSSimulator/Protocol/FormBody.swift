/// Reads `application/x-www-form-urlencoded` parameters, the request form of the query protocol.
enum FormBody {
    /// Parameters of the query string and of the body; the body's value wins, then the later one.
    static func parameters(of request: SimulatedRequest) -> [String: String] {
        var parameters: [String: String] = [:]
        for (name, value) in request.query { parameters[name] = value }
        for pair in request.body.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first else { continue }
            parameters[decoded(name)] = halves.count == 2 ? decoded(halves[1]) : ""
        }
        return parameters
    }

    /// `+` is a space; a percent sign without two hexadecimal digits stands for itself.
    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "%"), index + 2 < text.endIndex,
                let high = hexadecimal(text[index + 1]), let low = hexadecimal(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
                continue
            }
            bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
