import HTTPClient

/// A role of our own configuration, assumed on top of any other source.
package struct AssumedRole: CredentialsProvider {
    static let source = "role of the configuration"
    private let base: any CredentialsProvider
    private let role: AssumeRoleRequest
    private let roles: any RoleAssuming

    /// `base` should cache, because it is asked at each refresh of the role.
    package init(base: any CredentialsProvider, role: AssumeRoleRequest, roles: any RoleAssuming) {
        self.base = base
        self.role = role
        self.roles = roles
    }

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let credentials = try await base.credentials()
        do throws(AWSError) {
            return try await roles.assumeRole(role, signedBy: credentials)
        } catch {
            if error.kind == .credentialsRejected {
                await (base as? any RefreshableCredentials)?.invalidate(credentials)
            }
            throw Self.failure(error, role.roleARN, source: Self.source, with: credentials)
        }
    }

    /// Assumes one role with keys that nobody caches.
    static func assume(
        _ role: AssumeRoleRequest, with credentials: AWSCredentials, roles: any RoleAssuming, source: String
    ) async throws(CredentialsError) -> AWSCredentials {
        do throws(AWSError) {
            return try await roles.assumeRole(role, signedBy: credentials)
        } catch {
            throw failure(error, role.roleARN, source: source, with: credentials)
        }
    }

    private static func failure(
        _ error: AWSError, _ roleARN: String, source: String, with credentials: AWSCredentials
    ) -> CredentialsError {
        .failed(
            source: source,
            reason: "cannot assume \(roleARN) with key …\(credentials.accessKeyID.suffix(4)): \(error)")
    }
}
