import QuotaModel
import System

/// The forms of Amazon Resource Names that configurations hold.
enum ARN {
    /// `arn:aws:iam::111122223333:role/name`, with or without a path before the name.
    static func role(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let allowed = "allowed: arn:aws:iam::111122223333:role/name"
        guard let parts = parts(scalar.text), parts[2] == "iam", parts[3].isEmpty, isAccount(parts[4]) else {
            throw InvalidValue("\(scalar.shown) is not the ARN of an IAM role; \(allowed)")
        }
        let name = parts[5].dropFirst("role/".count)
        guard parts[5].hasPrefix("role/"), !name.isEmpty, !name.hasPrefix("/"), !name.hasSuffix("/"),
            name.allSatisfy({ $0.isASCIILetterOrDigit || "_+=,.@-/".contains($0) })
        else { throw InvalidValue("\(scalar.shown) does not name a role; \(allowed)") }
        return scalar.text
    }

    /// `arn:aws:sns:ap-southeast-1:111122223333:name` of a topic; the name of a FIFO topic ends in `.fifo`.
    static func topic(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let allowed = "allowed: arn:aws:sns:ap-southeast-1:111122223333:name"
        guard let parts = parts(scalar.text), parts[2] == "sns", Partition.hasRegion(String(parts[3])),
            isAccount(parts[4])
        else { throw InvalidValue("\(scalar.shown) is not the ARN of an SNS topic; \(allowed)") }
        let name = parts[5].hasSuffix(".fifo") ? parts[5].dropLast(".fifo".count) : parts[5]
        guard !name.isEmpty, parts[5].count <= 256,
            name.allSatisfy({ $0.isASCIILetterOrDigit || $0 == "_" || $0 == "-" })
        else { throw InvalidValue("\(scalar.shown) does not name a topic; \(allowed)") }
        return scalar.text
    }

    /// The 12 digits of an AWS account.
    static func isAccount(_ text: some StringProtocol) -> Bool {
        text.count == 12 && text.allSatisfy(\.isASCIIDigit)
    }

    /// The account of a role; nil without one.
    static func account(ofRole arn: String?) -> String? {
        arn.flatMap { parts($0) }.map { String($0[4]) }
    }

    /// The six parts of an ARN whose partition is one of AWS's.
    private static func parts(_ text: String) -> [Substring]? {
        guard text.count <= ConfigurationLimits.arnCharacters else { return nil }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1] == "aws" || parts[1].hasPrefix("aws-"),
            parts[1].allSatisfy({ $0.isASCIILowercase || $0 == "-" })
        else { return nil }
        return parts
    }
}

/// The form of base model IDs.
enum ModelName {
    private static let profilePrefixes = ["us", "eu", "apac", "jp", "au", "ca", "global", "us-gov"]

    /// Such as `anthropic.claude-sonnet-4-6` or `amazon.nova-pro-v1:0`.
    static func base(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let allowed = "allowed: a base model ID, such as anthropic.claude-sonnet-4-6"
        guard (1...ConfigurationLimits.modelCharacters).contains(scalar.text.count),
            scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "._:-".contains($0) }),
            scalar.text.contains(".")
        else { throw InvalidValue("\(scalar.shown) is not a model; \(allowed)") }
        let parts = scalar.text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let prefix = parts.first, !profilePrefixes.contains(String(prefix)) else {
            throw InvalidValue(
                "\(scalar.shown) is an inference profile; allowed: its base model, with scope for the kind of routing"
            )
        }
        return scalar.text
    }

    /// A base model ID, or its beginning followed by `*`.
    static func pattern(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        guard scalar.text.hasSuffix("*") else { return try base(scalar) }
        do throws(InvalidValue) {
            _ = try base(ConfiguredScalar(String(scalar.text.dropLast())))
        } catch {
            throw InvalidValue(
                "\(scalar.shown) is not a pattern; allowed: the beginning of a base model ID with its vendor, such as anthropic.claude-opus-4-8*"
            )
        }
        return scalar.text
    }
}
