/// An account that shares its metrics with a monitoring account.
package struct AccountLink: Equatable, Sendable {
    /// 12 digits.
    package let accountID: String
    /// What the account is called in the monitoring account: its name, its e-mail address or its ID.
    package let label: String
}

/// CloudWatch Observability Access Manager of one Region, REST JSON protocol: who is linked to a monitoring account.
///
/// Lists are whole or an error: of an account that is missing in one, the caller would think that it had left.
package struct OAMClient: Sendable {
    private static let sinksPerPage = 100
    private static let linksPerPage = 1000
    /// A monitoring account has up to 100,000 links, and one sink in each Region.
    private static let maximumPages = 200

    private let caller: AWSCaller
    private let region: String

    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// The accounts whose metrics the monitoring account sees, each once; none where it has no sink.
    package func listLinkedAccounts() async throws(AWSError) -> [AccountLink] {
        var links: [String: AccountLink] = [:]
        for sink in try await sinks() {
            for link in try await self.links(of: sink) { links[link.accountID] = link }
        }
        return links.values.sorted { $0.accountID < $1.accountID }
    }

    /// Of a caller that takes this for a fault.
    package func nobodyLinked() -> AWSError {
        AWSRequest(service: .oam, operation: "ListAttachedLinks", region: region)
            .malformed("no account is linked to the monitoring account with its metrics")
    }

    private func sinks() async throws(AWSError) -> [String] {
        var sinks: [String] = []
        try await pages("ListSinks", sink: nil, count: Self.sinksPerPage) {
            (page: Wire.SinksOutput, _) in
            sinks += page.Items.map(\.Arn)
            return page.NextToken
        }
        return sinks
    }

    private func links(of sink: String) async throws(AWSError) -> [AccountLink] {
        var links: [AccountLink] = []
        try await pages("ListAttachedLinks", sink: sink, count: Self.linksPerPage) {
            (page: Wire.LinksOutput, request) throws(AWSError) in
            for link in page.Items where link.ResourceTypes.contains(Self.metrics) {
                links.append(try link.link(request))
            }
            return page.NextToken
        }
        return links
    }

    private static let metrics = "AWS::CloudWatch::Metric"

    private func pages<Page: Decodable>(
        _ operation: String, sink: String?, count: Int,
        _ take: (Page, AWSRequest) throws(AWSError) -> String?
    ) async throws(AWSError) {
        var cursor = PageCursor(maximumPages: Self.maximumPages)
        while true {
            let request = try request(
                operation,
                Wire.Input(SinkIdentifier: sink, MaxResults: count, NextToken: cursor.token))
            let page = try JSONAnswer.decode(
                Page.self, request: request, response: await caller.send(request))
            guard try cursor.advance(to: try take(page, request), request) else { return }
        }
    }

    private func request(_ operation: String, _ input: Wire.Input) throws(AWSError) -> AWSRequest {
        try AWSRequest.post(service: .oam, operation: operation, path: "/\(operation)", region: region)
            .with(input)
    }
}

/// The JSON of the lists of Observability Access Manager (API version 2022-06-10).
private enum Wire {
    struct Input: Encodable {
        let SinkIdentifier: String?
        let MaxResults: Int
        let NextToken: String?
    }

    struct SinksOutput: Decodable {
        struct Sink: Decodable {
            let Arn: String
        }

        let Items: [Sink]
        let NextToken: String?
    }

    struct LinksOutput: Decodable {
        let Items: [Link]
        let NextToken: String?
    }

    struct Link: Decodable {
        let Label: String?
        /// `arn:aws:oam:REGION:ACCOUNT:link/ID`, of the account that is linked.
        let LinkArn: String
        let ResourceTypes: [String]

        func link(_ request: AWSRequest) throws(AWSError) -> AccountLink {
            let parts = LinkArn.split(separator: ":", omittingEmptySubsequences: false)
            let account = parts.count > 4 ? parts[4] : ""
            guard account.utf8.count == 12, account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw request.malformed("a link without the 12 digits of its account")
            }
            return AccountLink(accountID: String(account), label: Label ?? "")
        }
    }
}
