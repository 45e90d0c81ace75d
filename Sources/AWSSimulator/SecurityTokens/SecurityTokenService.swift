/// Answers STS's GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity in the query protocol.
struct SecurityTokenService {
    static let version = "2011-06-15"
    static let defaultDurationSeconds = 3600
    static let durationSeconds = 900...43_200
    static let sessionNameLength = 2...64

    let scenario: SimulatedScenario
    /// The account of the key that signed the request.
    let account: String
    /// Unix seconds.
    let now: Double
    let parameters: [String: String]

    func answer(_ operation: SimulatedOperation) throws(ServiceError) -> ServiceAnswer {
        guard parameters["Version"] == Self.version else {
            throw ServiceError(
                .unknownOperation, "Could not find operation \(operation.rawValue) for this version.")
        }
        switch operation {
        case .getCallerIdentity:
            return envelope("GetCallerIdentity", callerIdentity())
        case .assumeRole:
            guard
                scenario.requiredExternalID == nil || parameters["ExternalId"] == scenario.requiredExternalID
            else {
                throw ServiceError(
                    .accessDenied,
                    "User is not authorized to perform: sts:AssumeRole"
                )
            }
            return envelope("AssumeRole", try assumedRole())
        case .assumeRoleWithWebIdentity:
            let token = try required("WebIdentityToken")
            return envelope(
                "AssumeRoleWithWebIdentity",
                try assumedRole()
                    + "\n    <SubjectFromWebIdentityToken>\(token.utf8.count)</SubjectFromWebIdentityToken>")
        case .listMetrics, .getMetricData, .listServiceQuotas, .listAWSDefaultServiceQuotas,
            .listInferenceProfiles, .listFoundationModels, .publish:
            throw ServiceError(.unknownOperation, "STS has no operation \(operation.rawValue).")
        }
    }

    private func callerIdentity() -> String {
        """
            <Arn>arn:aws:iam::\(account):user/simulated</Arn>
            <UserId>AIDASIMULATEDUSER001</UserId>
            <Account>\(account)</Account>
        """
    }

    private func assumedRole() throws(ServiceError) -> String {
        let arn = try required("RoleArn")
        let session = try required("RoleSessionName")
        guard Self.sessionNameLength.contains(session.utf8.count) else {
            throw ServiceError(.validation, "RoleSessionName must have 2 to 64 characters.")
        }
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "iam", parts[4].utf8.count == 12,
            parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            parts[5].hasPrefix("role/")
        else { throw ServiceError(.validation, "\(arn) is invalid") }
        let duration = parameters["DurationSeconds"].map { Int($0) ?? 0 } ?? Self.defaultDurationSeconds
        guard Self.durationSeconds.contains(duration) else {
            throw ServiceError(.validation, "DurationSeconds must be between 900 and 43200.")
        }
        let role = parts[5].split(separator: "/").last.map(String.init) ?? ""
        let issued = IssuedCredentials(account: String(parts[4]), expiration: Int(now) + duration)
        return text(issued, role: role, session: session)
    }

    private func text(_ issued: IssuedCredentials, role: String, session: String) -> String {
        let name = XMLText.escaped("\(role)/\(session)")
        return """
                <AssumedRoleUser>
                  <AssumedRoleId>AROASIMULATEDROLE001:\(XMLText.escaped(session))</AssumedRoleId>
                  <Arn>arn:aws:sts::\(issued.account):assumed-role/\(name)</Arn>
                </AssumedRoleUser>
                <Credentials>
                  <AccessKeyId>\(issued.accessKeyID)</AccessKeyId>
                  <SecretAccessKey>\(issued.secretAccessKey)</SecretAccessKey>
                  <SessionToken>\(issued.sessionToken)</SessionToken>
                  <Expiration>\(CivilTime(epochSeconds: issued.expiration).extendedFormat)</Expiration>
                </Credentials>
            """
    }

    private func required(_ name: String) throws(ServiceError) -> String {
        guard let value = parameters[name], !value.isEmpty else {
            throw ServiceError(
                .validation,
                "Value null at '\(name)' failed to satisfy constraint: Member must not be null"
            )
        }
        return value
    }

    private func envelope(_ operation: String, _ result: String) -> ServiceAnswer {
        let text = """
            <\(operation)Response xmlns="\(XMLText.securityTokenNamespace)">
              <\(operation)Result>
            \(result)
              </\(operation)Result>
              <ResponseMetadata>
                <RequestId>\(XMLText.requestID)</RequestId>
              </ResponseMetadata>
            </\(operation)Response>

            """
        return ServiceAnswer(body: Array(text.utf8))
    }
}
