import HTTPClient
import System

/// Keys of an ECS task or EKS pod, from the agent beside it (botocore's `ContainerProvider`).
package struct ContainerCredentials: CredentialsProvider {
    static let source = "container"
    /// Base of `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
    private static let taskEndpoint = "http://169.254.170.2"
    let context: CredentialsContext

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let url = try url()
        var headers = [(name: "Accept", value: "application/json")]
        // The agent replaces the token file, so it is read at each refresh.
        if let token = try authorizationToken() { headers.append((name: "Authorization", value: token)) }
        let request = TransportRequest(
            method: "GET", url: url.text, headers: headers, timeout: CredentialsLimits.containerTimeout,
            maximumResponseBytes: CredentialsLimits.answerBytes, bypassesProxy: url.scheme == .http)
        var attempt = 1
        while true {
            do throws(CredentialsError) {
                return try await fetch(request, host: url.host)
            } catch {
                guard attempt < CredentialsLimits.containerAttempts, !Task.isCancelled else { throw error }
            }
            attempt += 1
            await context.pause(CredentialsLimits.containerRetryPause)
        }
    }

    /// Messages name the host and not the path, which in ECS is as good as a password.
    private func fetch(_ request: TransportRequest, host: String) async throws(CredentialsError)
        -> AWSCredentials
    {
        let response: TransportResponse
        do throws(TransportError) {
            response = try await context.transport.send(request)
        } catch {
            throw failure("\(host) gave no keys: \(error)")
        }
        guard response.status == 200 else {
            throw failure("\(host) answered HTTP \(response.status) instead of keys")
        }
        let origin = AnswerOrigin(source: Self.source, name: "the answer of \(host)")
        return try CredentialsDocument.decode(response.body, from: origin)
            .credentials(.metadataService, from: origin)
    }

    private func url() throws(CredentialsError) -> MetadataURL {
        let relative = context.environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        if let relative {
            // Without the slash the text would go on with the host name.
            guard relative.hasPrefix("/"), let url = MetadataURL(Self.taskEndpoint + relative) else {
                throw failure("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be a path that begins with /")
            }
            return url
        }
        guard let full = context.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else {
            throw .notConfigured(
                source: Self.source,
                reason:
                    "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
            )
        }
        guard let url = MetadataURL(full) else {
            throw failure("AWS_CONTAINER_CREDENTIALS_FULL_URI is not an http or https URL")
        }
        guard url.mayServeContainerCredentials else {
            throw failure(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names \(url.host); without https only loopback, 169.254.170.2, "
                    + "169.254.170.23 and fd00:ec2::23 are allowed")
        }
        return url
    }

    private func authorizationToken() throws(CredentialsError) -> String? {
        var token = context.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let path = context.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            let bytes: [UInt8]?
            do throws(CredentialsError) {
                bytes = try context.environment.file(path, CredentialsLimits.tokenFileBytes)
            } catch {
                throw failure("the authorization token file fails: \(error)")
            }
            guard let bytes else { throw failure("the authorization token file \(path) does not exist") }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw failure("the authorization token file \(path) is not text")
            }
            token = text
        }
        guard let token else { return nil }
        // A line feed would begin another header field (RFC 9112 section 5).
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw failure(
                "the authorization token is empty or holds a line break or another control character")
        }
        Redactor.process.hold(keys: [token])
        return token
    }

    private func failure(_ reason: String) -> CredentialsError {
        .failed(source: Self.source, reason: reason)
    }
}
