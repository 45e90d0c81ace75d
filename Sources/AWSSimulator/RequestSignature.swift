import Glibc
import System

/// The parts of a Signature Version 4 `Authorization` header. Only its shape is checked, not the signature.
struct RequestSignature: Equatable {
    /// AWS refuses a request whose time differs by more than this from its own.
    static let toleratedSkewSeconds = 15.0 * 60

    /// `yyyymmdd` of the credential scope.
    var date: String
    var region: String
    /// The signing name of the credential scope.
    var service: String
    /// Lower case, in the order given.
    var signedHeaders: [String]

    /// The signature of a request to the service, after the checks of its shape; throws what AWS answers to one that is
    /// unsigned, badly signed or too old.
    static func checked(
        _ request: SimulatedRequest, to service: SimulatedService, now: Double
    ) throws(ServiceError) -> RequestSignature {
        guard let authorization = request.header("authorization") else {
            throw ServiceError(.missingAuthentication, "Missing Authentication Token")
        }
        let signature = try RequestSignature(authorization: authorization)
        try signature.validate(request, now: now)
        guard signature.service == service.rawValue else {
            throw ServiceError(
                .signatureMismatch,
                "Credential should be scoped to correct service: '\(service.rawValue)'.")
        }
        return signature
    }

    /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`; throws `incompleteSignature`.
    init(authorization: String) throws(ServiceError) {
        let algorithm = "AWS4-HMAC-SHA256 "
        guard authorization.hasPrefix(algorithm) else {
            throw ServiceError(
                .incompleteSignature, "Unsupported AWS 'algorithm' in the Authorization header.")
        }
        var fields: [String: String] = [:]
        for part in authorization.dropFirst(algorithm.count).split(separator: ",") {
            let halves = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            fields[String(halves[0])] = String(halves[1])
        }
        guard let credential = fields["Credential"], let headers = fields["SignedHeaders"],
            let signature = fields["Signature"]
        else {
            throw ServiceError(
                .incompleteSignature,
                "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
        }
        let scope = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard scope.count == 5, scope[4] == "aws4_request", scope.allSatisfy({ !$0.isEmpty }) else {
            throw ServiceError(
                .incompleteSignature, "Credential must have exactly 5 slash-delimited elements.")
        }
        guard signature.utf8.count == 64, signature.utf8.allSatisfy(Self.isLowercaseHexadecimal) else {
            throw ServiceError(
                .signatureMismatch, "The request signature does not have 64 hexadecimal digits.")
        }
        (date, region, service) = (scope[1], scope[2], scope[3])
        signedHeaders = headers.split(separator: ";").map(String.init)
    }

    /// Checks what surrounds the signature: the time against `now` (Unix seconds), and which headers it covers.
    private func validate(_ request: SimulatedRequest, now: Double) throws(ServiceError) {
        guard let stamp = request.header("x-amz-date"), let time = SigningTime(stamp) else {
            throw ServiceError(
                .incompleteSignature, "Authorization header requires existence of an X-Amz-Date header.")
        }
        guard date == stamp.prefix(8) else {
            throw ServiceError(
                .signatureMismatch,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: "
                    + "'\(date)' != '\(stamp.prefix(8))'."
            )
        }
        try validateHeaders(request)
        let skew = Double(time.epochSeconds) - now
        guard abs(skew) <= Self.toleratedSkewSeconds else {
            let problem =
                skew < 0
                ? "Signature expired: \(stamp) is now earlier than"
                : "Signature not yet current: \(stamp) is still later than"
            throw ServiceError(
                .signatureMismatch,
                "\(problem) \(SigningTime(epochSeconds: Int(now)).text) (15 min. tolerance)")
        }
    }

    private func validateHeaders(_ request: SimulatedRequest) throws(ServiceError) {
        var required = ["host", "x-amz-date"]
        if request.header("x-amz-security-token") != nil { required.append("x-amz-security-token") }
        for name in required where !signedHeaders.contains(name) {
            throw ServiceError(
                .signatureMismatch, "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        }
        for name in signedHeaders where request.header(name) == nil {
            throw ServiceError(.signatureMismatch, "The signed header '\(name)' is not part of the request.")
        }
        guard signedHeaders == signedHeaders.sorted(), signedHeaders.allSatisfy({ $0 == $0.lowercased() })
        else {
            throw ServiceError(.signatureMismatch, "SignedHeaders must be in lower case and sorted.")
        }
    }

    private static func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}

/// A time as `X-Amz-Date` has it, such as `20261123T040506Z`.
struct SigningTime {
    let epochSeconds: Int
    let text: String

    init(epochSeconds: Int) {
        self.epochSeconds = epochSeconds
        text = CivilTime.basicText(epochSeconds)
    }

    /// Nil for any other form.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16 else { return nil }
        func number(_ range: Range<Int>) -> Int { Int(String(decoding: bytes[range], as: UTF8.self)) ?? -1 }
        guard let days = CivilTime.days(year: number(0..<4), month: number(4..<6), day: number(6..<8)) else {
            return nil
        }
        self.init(
            epochSeconds: days * 86_400 + number(9..<11) * 3600 + number(11..<13) * 60 + number(13..<15))
        // Hours past 24 and the like are other times.
        guard self.text == text else { return nil }
    }
}
