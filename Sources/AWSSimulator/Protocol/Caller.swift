/// Who sent a request and to which service and Region, after its signature has passed the checks of its shape.
struct Caller {
    /// Twelve digits.
    var account: String
    /// From the credential scope; empty for an unsigned request.
    var region: String
    /// From the credential scope; nil for an unsigned request.
    var service: SimulatedService?

    /// Throws what AWS answers to a request that is unsigned, badly signed, too old, or signed with a key that
    /// is unknown or has expired.
    init(
        _ request: SimulatedRequest, expecting operation: SimulatedOperation?, scenario: SimulatedScenario,
        now: Double
    ) throws(ServiceError) {
        guard let authorization = request.header("authorization") else {
            guard let operation, !operation.isSigned else {
                throw ServiceError(.missingAuthentication, "Missing Authentication Token")
            }
            (account, region, service) = (scenario.account, "", operation.service)
            return
        }
        let signature = try RequestSignature(authorization: authorization)
        try signature.validate(
            request, now: now,
            skewError: scenario.answersRequestTimeTooSkewed ? .requestTimeTooSkewed : .signatureMismatch)
        guard let service = SimulatedService(rawValue: signature.service),
            operation == nil || operation?.service == service
        else {
            let wanted = operation?.service.rawValue ?? SimulatedService.cloudWatch.rawValue
            throw ServiceError(
                .signatureMismatch, "Credential should be scoped to correct service: '\(wanted)'.")
        }
        account = try Self.account(
            ofKey: signature.accessKeyID, token: request.header("x-amz-security-token"), scenario, now)
        region = signature.region
        self.service = service
    }

    private static func account(
        ofKey keyID: String, token: String?, _ scenario: SimulatedScenario, _ now: Double
    ) throws(ServiceError) -> String {
        if let token, let expiration = IssuedCredentials.expiration(ofToken: token), Double(expiration) <= now
        {
            throw ServiceError(.expiredToken, "The security token included in the request is expired")
        }
        if let account = IssuedCredentials.account(ofKey: keyID) {
            guard let token, IssuedCredentials.expiration(ofToken: token) != nil else {
                throw ServiceError(.unknownKey, "The security token included in the request is invalid.")
            }
            return account
        }
        guard scenario.acceptedKeyIDs?.contains(keyID) ?? true else {
            throw ServiceError(.unknownKey, "The security token included in the request is invalid.")
        }
        return scenario.account
    }
}
