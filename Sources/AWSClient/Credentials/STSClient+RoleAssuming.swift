import HTTPClient

extension STSClient: RoleAssuming {
    package func assumeRole(_ request: AssumeRoleRequest, signedBy credentials: AWSCredentials)
        async throws(AWSError) -> AWSCredentials
    {
        try await assumeRole(
            roleARN: request.roleARN, sessionName: request.sessionName, externalID: request.externalID,
            durationSeconds: request.durationSeconds, using: credentials)
    }

    package func assumeRoleWithWebIdentity(_ request: WebIdentityRequest) async throws(AWSError)
        -> AWSCredentials
    {
        try await assumeRoleWithWebIdentity(
            roleARN: request.roleARN, sessionName: request.sessionName, webIdentityToken: request.token)
    }
}
