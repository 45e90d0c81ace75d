import FoundationEssentials
import HTTPClient
import System

/// Who the credentials belong to.
package struct CallerIdentity: Equatable, Sendable {
    /// 12 digits.
    package let accountID: String
    /// Of the user or assumed role.
    package let arn: String
}

/// Security Token Service, query protocol of version 2011-06-15.
package struct STSClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// Whose credentials the caller signs with; needs no permission.
    package func getCallerIdentity() async throws(AWSError) -> CallerIdentity {
        let answer = try await send("GetCallerIdentity", [], signing: .provider)
        return CallerIdentity(
            accountID: try answer.text("GetCallerIdentityResult", "Account"),
            arn: try answer.text("GetCallerIdentityResult", "Arn"))
    }

    /// Temporary credentials of a role, signed with `credentials`; `durationSeconds` nil leaves the role's
    /// own hour.
    package func assumeRole(
        roleARN: String, sessionName: String, externalID: String? = nil, durationSeconds: Int? = nil,
        using credentials: AWSCredentials
    ) async throws(AWSError) -> AWSCredentials {
        var parameters = [("RoleArn", roleARN), ("RoleSessionName", sessionName)]
        if let externalID {
            Redactor.process.hold(keys: [externalID])
            parameters.append(("ExternalId", externalID))
        }
        if let durationSeconds { parameters.append(("DurationSeconds", String(durationSeconds))) }
        let answer = try await send("AssumeRole", parameters, signing: .credentials(credentials))
        return try answer.credentials(in: "AssumeRoleResult")
    }

    /// Temporary credentials of a role for an OpenID Connect token (EKS service accounts); sent unsigned.
    package func assumeRoleWithWebIdentity(
        roleARN: String, sessionName: String, webIdentityToken: String, durationSeconds: Int? = nil
    ) async throws(AWSError) -> AWSCredentials {
        Redactor.process.hold(keys: [webIdentityToken])
        var parameters = [
            ("RoleArn", roleARN), ("RoleSessionName", sessionName), ("WebIdentityToken", webIdentityToken),
        ]
        if let durationSeconds { parameters.append(("DurationSeconds", String(durationSeconds))) }
        let answer = try await send(
            "AssumeRoleWithWebIdentity", parameters, signing: .unsigned)
        return try answer.credentials(in: "AssumeRoleWithWebIdentityResult")
    }

    private func send(
        _ operation: String, _ parameters: [(String, String)], signing: AWSRequest.Signing
    ) async throws(AWSError) -> QueryAnswer {
        let request = AWSRequest.query(
            service: .sts, operation: operation, version: "2011-06-15", parameters: parameters,
            region: region, signing: signing)
        return try QueryAnswer(request: request, response: await caller.send(request))
    }
}

extension QueryAnswer {
    /// The `Credentials` element of an AssumeRole answer.
    fileprivate func credentials(in result: String) throws(AWSError) -> AWSCredentials {
        // Not all that answer like STS name the role; its account is then asked for where it is needed.
        let role = textIfAny(result, "AssumedRoleUser", "Arn")
        return AWSCredentials(
            accessKeyID: try text(result, "Credentials", "AccessKeyId"),
            secretAccessKey: try text(result, "Credentials", "SecretAccessKey"),
            sessionToken: try text(result, "Credentials", "SessionToken"),
            expiration: try date(result, "Credentials", "Expiration"),
            accountID: role.flatMap(Self.accountID))
    }

    /// Fifth part of `arn:partition:service:region:account:resource`, when it is 12 digits.
    private static func accountID(ofARN arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 6, parts[4].utf8.count == 12, parts[4].allSatisfy(\.isASCIIDigit) else {
            return nil
        }
        return String(parts[4])
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && ("0"..."9").contains(self) }
}
