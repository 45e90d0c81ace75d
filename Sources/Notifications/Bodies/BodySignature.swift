import System

/// The signature of a webhook body, so that its receiver knows who sent it.
package enum BodySignature {
    /// The header that GitHub's webhooks made common.
    package static let header = "X-Hub-Signature-256"

    /// `sha256=` and HMAC-SHA256 of the body in lower-case hexadecimal digits.
    package static func value(of body: [UInt8], secret: [UInt8]) -> String {
        "sha256=" + Hexadecimal.text(hmac(body, key: secret))
    }

    /// FIPS 198-1, section 4, with SHA-256.
    package static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > SHA256.blockBytes ? SHA256.digest(key) : key
        block += [UInt8](repeating: 0, count: SHA256.blockBytes - block.count)
        let inner = SHA256.digest(block.map { $0 ^ 0x36 } + message)
        return SHA256.digest(block.map { $0 ^ 0x5c } + inner)
    }
}

enum Hexadecimal {
    private static let digits = Array("0123456789abcdef")

    /// Two lower-case digits a byte.
    static func text(_ bytes: [UInt8]) -> String {
        String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// A label set's fingerprint as Prometheus and Alertmanager compute it.
package enum LabelFingerprint {
    /// 16 hexadecimal digits: FNV-1a (64 bits) over the names in order and their values, each followed by byte 255
    /// (github.com/prometheus/common, model/signature.go).
    package static func text(_ labels: [String: String]) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            for byte in Array(name.utf8) + [255] + Array(value.utf8) + [255] {
                hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
            }
        }
        return Hexadecimal.text((0..<8).reversed().map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) })
    }
}
