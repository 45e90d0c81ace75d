import HTTPServer

/// The request parser: however the bytes are cut, the same requests come out, and what it holds is bounded.
enum HTTPRequestFuzz {
    /// More requests in one input than any connection pipelines.
    private static let maximumSteps = 100_000

    static func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        let whole = try outcomes(bytes, chunk: max(1, bytes.count))
        for chunk in [1, 7] where bytes.count > chunk {
            let cut = try outcomes(bytes, chunk: chunk)
            try require(cut == whole, "cut into \(chunk) bytes: \(cut) instead of \(whole)")
        }
    }

    private static func outcomes(_ bytes: [UInt8], chunk: Int) throws(FuzzFinding) -> [String] {
        let limits = HTTPServerLimits()
        let most = limits.requestLineBytes + limits.headerBytes + limits.bodyBytes + bytes.count
        var parser = HTTPRequestParser(limits: limits)
        var outcomes: [String] = []
        var steps = 0
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            parser.append(bytes[start..<min(start + chunk, bytes.count)])
            reading: while true {
                steps += 1
                try require(steps < maximumSteps, "the parser does not come to an end")
                switch parser.next() {
                case .needsMore: break reading
                case .continueExpected: continue
                case .request(let parsed):
                    outcomes.append(try described(parsed))
                case .rejected(let rejection):
                    try require((400...505).contains(rejection.status), "status \(rejection.status)")
                    return outcomes + ["\(rejection.status)"]
                }
            }
            try require(parser.heldBytes <= most, "\(parser.heldBytes) bytes are held")
        }
        return outcomes
    }

    private static func described(_ parsed: HTTPParsedRequest) throws(FuzzFinding) -> String {
        let request = parsed.request
        let controls = request.path.unicodeScalars.first { $0.value < 0x20 || $0.value == 0x7F }
        try require(controls == nil, "a control character in the path \(request.path.debugDescription)")
        let query = request.query.map { "\($0.name)=\($0.value)" }
        return
            "\(request.method) \(request.target) \(request.path) \(query) \(request.body) \(parsed.keepAlive)"
    }
}
