import FoundationEssentials
import HTTPClient
import System

/// Keys of the EC2 instance's role, from its metadata service (botocore's `InstanceMetadataFetcher`).
package struct InstanceMetadataCredentials: CredentialsProvider {
    static let source = "EC2 instance metadata"
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"
    let context: CredentialsContext
    let profile: ProfileSection

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let service = try MetadataService(context, profile)
        let token = try await service.sessionToken()
        let role = try await service.get(Self.rolePath, token: token)
        guard let name = Self.roleName(role) else {
            throw Self.failure("the answer of \(role.count) bytes is not a role name")
        }
        let answer = try await service.get(Self.rolePath + name, token: token)
        let origin = AnswerOrigin(source: Self.source, name: "the answer for role \(name)")
        let document = try CredentialsDocument.decode(answer, from: origin)
        guard document.code == nil || document.code == "Success" else {
            throw Self.failure(
                "role \(name) has no keys now: \(MessageText.excerpt(document.code ?? "")) "
                    + MessageText.excerpt(document.message ?? ""))
        }
        return extended(try document.credentials(.metadataService, from: origin))
    }

    static func failure(_ reason: String) -> CredentialsError { .failed(source: source, reason: reason) }

    /// During an outage of the service that makes keys, IMDS hands out expired ones, and AWS goes on accepting them
    /// (static stability). They stay in use, and new ones are asked for a while later.
    private func extended(_ keys: AWSCredentials) -> AWSCredentials {
        let now = context.now()
        guard let expiration = keys.expiration, expiration <= now else { return keys }
        let jitter = context.random(CredentialsLimits.expiredExtensionJitterSeconds)
        return AWSCredentials(
            accessKeyID: keys.accessKeyID, secretAccessKey: keys.secretAccessKey,
            sessionToken: keys.sessionToken,
            expiration: now.addingTimeInterval(CredentialsLimits.advisoryRefreshSeconds + Double(jitter)),
            accountID: keys.accountID)
    }

    /// IAM's characters for role names, because the name becomes part of a path.
    private static func roleName(_ bytes: [UInt8]) -> String? {
        let name = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
        let isValid = name.allSatisfy { character in
            character.isASCII && (character.isLetter || character.isNumber || "_+=,.@-".contains(character))
        }
        return isValid && (1...128).contains(name.count) && name != "." && name != ".." ? name : nil
    }
}

/// The metadata service at its address, with version 2's session token where it has one.
private struct MetadataService {
    let transport: any HTTPTransport
    /// Without a trailing slash.
    let endpoint: String
    let isVersion1Disabled: Bool
    let timeout: Duration
    let attempts: Int

    init(_ context: CredentialsContext, _ profile: ProfileSection) throws(CredentialsError) {
        let environment = context.environment
        if environment.flag("AWS_EC2_METADATA_DISABLED") == true {
            throw .notConfigured(
                source: InstanceMetadataCredentials.source, reason: "AWS_EC2_METADATA_DISABLED is true")
        }
        transport = context.transport
        endpoint = try Self.endpoint(environment, profile)
        isVersion1Disabled =
            environment.flag("AWS_EC2_METADATA_V1_DISABLED") ?? profile.flag("ec2_metadata_v1_disabled")
            ?? false
        timeout = .seconds(
            try Self.number(
                "metadata_service_timeout", environment, profile,
                usually: CredentialsLimits.instanceMetadataTimeoutSeconds,
                in: CredentialsLimits.instanceMetadataTimeoutRangeSeconds))
        attempts = try Self.number(
            "metadata_service_num_attempts", environment, profile,
            usually: CredentialsLimits.instanceMetadataAttempts,
            in: CredentialsLimits.instanceMetadataAttemptsRange)
    }

    /// The token of IMDSv2; nil where the service only speaks version 1, if that is allowed.
    func sessionToken() async throws(CredentialsError) -> String? {
        let lifetime = String(CredentialsLimits.instanceMetadataTokenSeconds)
        let response: TransportResponse
        do throws(TransportError) {
            response = try await send(
                "PUT", "/latest/api/token", [("x-aws-ec2-metadata-token-ttl-seconds", lifetime)])
        } catch {
            // A container behind one more hop gets no answer to the PUT but one to version 1's GET.
            guard case .timedOut = error, !isVersion1Disabled else { throw notHere("\(error)") }
            return nil
        }
        switch response.status {
        case 200:
            let token = String(decoding: response.body, as: UTF8.self)
            guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw InstanceMetadataCredentials.failure("the service gave a session token that is no token")
            }
            Redactor.process.hold(keys: [token])
            return token
        case 403, 404, 405:
            guard !isVersion1Disabled else {
                throw InstanceMetadataCredentials.failure(
                    "the service refuses IMDSv2 (HTTP \(response.status)) and IMDSv1 is disabled here")
            }
            return nil
        default:
            throw notHere("the token request was answered HTTP \(response.status)")
        }
    }

    /// The body of a successful answer, which is never empty.
    func get(_ path: String, token: String?) async throws(CredentialsError) -> [UInt8] {
        let response: TransportResponse
        do throws(TransportError) {
            response = try await send("GET", path, token.map { [("x-aws-ec2-metadata-token", $0)] } ?? [])
        } catch {
            throw notHere("\(error)")
        }
        if response.status == 404 { throw notHere("the instance has no role attached") }
        guard response.status == 200, !response.body.isEmpty else {
            throw notHere(
                "\(endpoint)\(path) was answered HTTP \(response.status), \(response.body.count) bytes")
        }
        return response.body
    }

    /// Tries again after a failed connection and after a 5xx.
    private func send(_ method: String, _ path: String, _ headers: [(name: String, value: String)])
        async throws(TransportError) -> TransportResponse
    {
        let request = TransportRequest(
            method: method, url: endpoint + path, headers: headers, timeout: timeout,
            maximumResponseBytes: CredentialsLimits.answerBytes, bypassesProxy: true)
        for _ in 1..<attempts {
            do throws(TransportError) {
                let response = try await transport.send(request)
                if response.status < 500 { return response }
            } catch {
                if error == .cancelled { throw error }
            }
        }
        return try await transport.send(request)
    }

    /// Most machines have no metadata service or no role, and nobody asked for it: no failure of the chain.
    private func notHere(_ reason: String) -> CredentialsError {
        .notConfigured(source: InstanceMetadataCredentials.source, reason: reason)
    }

    private static func endpoint(_ environment: AWSEnvironment, _ profile: ProfileSection)
        throws(CredentialsError)
        -> String
    {
        let key = "ec2_metadata_service_endpoint"
        if let text = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? profile[key] {
            guard MetadataURL(text) != nil, !text.contains("?") else {
                throw InstanceMetadataCredentials.failure("\(key) is not an http or https URL")
            }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
        let modeKey = "ec2_metadata_service_endpoint_mode"
        let mode = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] ?? profile[modeKey]
        switch mode?.lowercased() {
        case nil, "ipv4": return "http://169.254.169.254"
        case "ipv6": return "http://[fd00:ec2::254]"
        case .some: throw InstanceMetadataCredentials.failure("\(modeKey) is neither IPv4 nor IPv6")
        }
    }

    private static func number(
        _ key: String, _ environment: AWSEnvironment, _ profile: ProfileSection, usually: Int,
        in range: ClosedRange<Int>
    ) throws(CredentialsError) -> Int {
        guard let text = environment["AWS_" + key.uppercased()] ?? profile[key] else { return usually }
        guard let number = Int(text), range.contains(number) else {
            throw InstanceMetadataCredentials.failure(
                "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
