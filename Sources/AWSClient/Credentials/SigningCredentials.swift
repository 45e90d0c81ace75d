import HTTPClient
import System

/// Credentials for a service outside the configured accounts: a profile's or the default chain's, with a role on top
/// where one is configured.
package struct SigningCredentials: Sendable {
    package let provider: any CredentialsProvider
    package let endpoints: EndpointResolver
    /// Trusts what the profile says.
    package let transport: any HTTPTransport

    /// Throws `TransportError` for a CA bundle that cannot be read.
    package init(
        environment: AWSEnvironment, settings: ProfileSettings, profile: String?, roleARN: String?,
        region: String
    ) throws {
        transport = try CurlTransport(
            CurlOptions(
                version: BuildInfo.version, caBundle: settings.caBundlePath,
                environment: environment.variables))
        endpoints = EndpointResolver(environment: environment.variables, profile: settings.endpoints)
        let caller = AWSCaller(transport: transport, credentials: nil, endpoints: endpoints)
        let context = CredentialsContext(
            environment: environment, transport: transport, roles: STSClient(caller: caller, region: region))
        let role = roleARN.map { AssumeRoleRequest(roleARN: $0, externalID: nil) }
        provider = CredentialsChain.account(context: context, profile: profile, role: role)
    }
}
