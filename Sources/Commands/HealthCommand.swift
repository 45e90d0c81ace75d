import AWSClient
import HTTPClient
import System

/// `health`: asks a running exporter for `/-/ready`; for containers that have neither curl nor a shell.
struct HealthCommand {
    /// Less than a container runtime waits by default.
    static let timeout = Duration.seconds(5)
    private static let maximumAnswerBytes = 256 << 10
    private static let maximumShownLines = 50

    private let endpoint: String
    private let transport: any HTTPTransport
    private let print: @Sendable (String) -> Void

    /// Throws `UsageError` for what is not the URL of a server.
    init(
        _ invocation: Invocation, transport: (any HTTPTransport)? = nil,
        print: @escaping @Sendable (String) -> Void = Output.print
    ) throws {
        let url = try invocation.exporterURL()
        let path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        endpoint = "\(url.origin)\(path)/-/ready"
        self.transport =
            try transport
            ?? CurlTransport(
                CurlOptions(
                    version: BuildInfo.version, environment: AWSEnvironment.ofThisProcess().variables))
        self.print = print
    }

    func run() async throws -> Int32 {
        let answer: TransportResponse
        do {
            answer = try await transport.send(
                TransportRequest(
                    method: "GET", url: endpoint, timeout: Self.timeout,
                    maximumResponseBytes: Self.maximumAnswerBytes, bypassesProxy: true))
        } catch {
            print("GET \(endpoint): \(error)")
            return 1
        }
        switch answer.status {
        case 200:
            Self.lines(answer).prefix(1).forEach(print)
            return 0
        case 401:
            // A password on a command line is one that others can read, so none can be given.
            print(
                "GET \(endpoint): the server is up and asks for a password; whether it is ready is not known")
            return 0
        default:
            let lines = Self.lines(answer)
            print("GET \(endpoint): status \(answer.status): \(lines.first ?? "")")
            lines.dropFirst().forEach(print)
            return 1
        }
    }

    private static func lines(_ answer: TransportResponse) -> [String] {
        let text = String(decoding: answer.body, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).prefix(maximumShownLines).map(String.init)
    }
}
