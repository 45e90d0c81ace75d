import AWSClient
import HTTPClient
import Testing

@testable import Reading

/// Organizations over a tree.
private struct TreeTransport: HTTPTransport {
    /// Units below units, accounts in units.
    var units: [String: [String]] = [:]
    var accounts: [String: [String]] = [:]

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let target = request.headers.first { $0.name == "X-Amz-Target" }?.value ?? ""
        let body = String(decoding: request.body, as: UTF8.self)
        let parent = body.split(separator: "\"ParentId\":\"").dropFirst().first.map {
            String($0.prefix { $0 != "\"" })
        }
        let text: String
        if target.hasSuffix("ListOrganizationalUnitsForParent") {
            text = list("OrganizationalUnits", units[parent ?? "", default: []].map { "{\"Id\":\"\($0)\"}" })
        } else {
            let ids = parent.map { accounts[$0, default: []] } ?? accounts.values.flatMap { $0 }.sorted()
            text = list("Accounts", ids.map { "{\"Id\":\"\($0)\",\"Name\":\"n\",\"State\":\"ACTIVE\"}" })
        }
        return TransportResponse(status: 200, headers: [:], body: Array(text.utf8))
    }

    private func list(_ key: String, _ items: [String]) -> String {
        "{\"\(key)\":[\(items.joined(separator: ","))]}"
    }
}

private struct Keys: CredentialsProvider {
    func credentials() async throws(CredentialsError) -> AWSCredentials {
        AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "a-secret-key")
    }
}

@Suite("Organization reader")
struct OrganizationReaderTests {
    private static let tree = TreeTransport(
        units: ["r-ab12": ["ou-a", "ou-b"], "ou-a": ["ou-aa"], "ou-aa": ["ou-a"]],
        accounts: [
            "r-ab12": ["100000000001"], "ou-a": ["100000000002"], "ou-aa": ["100000000003"],
            "ou-b": ["100000000004"],
        ])

    private func read(units: [String] = [], exclude: [String] = []) async throws -> String {
        var settings = OrganizationSettings()
        (settings.organizationalUnits, settings.exclude) = (units, exclude)
        let caller = AWSCaller(transport: Self.tree, credentials: Keys(), endpoints: EndpointResolver())
        let list = try await OrganizationReader(
            OrganizationsClient(caller: caller, region: "us-east-1"), settings
        ).read()
        return list.entries.keys.sorted().map { id in (list.isRead(id) ? "" : "-") + id.suffix(1) }.joined()
    }

    @Test("all accounts, or those of units with all below them, each once, also where units are in a ring")
    func walks() async throws {
        #expect(try await read() == "1234")
        #expect(try await read(units: ["ou-a"]) == "23")
        #expect(try await read(units: ["ou-a", "ou-aa", "ou-b"]) == "234")
        #expect(try await read(units: ["r-ab12"]) == "1234")
    }

    @Test("accounts and units are excluded, with or without units that are included")
    func excludes() async throws {
        #expect(try await read(exclude: ["100000000002", "ou-b"]) == "1-23-4")
        #expect(try await read(exclude: ["ou-a"]) == "1-2-34")
        #expect(try await read(units: ["r-ab12"], exclude: ["ou-aa", "100000000001"]) == "-12-34")
        #expect(try await read(units: ["ou-aa"], exclude: ["ou-a"]) == "-23")
    }
}
