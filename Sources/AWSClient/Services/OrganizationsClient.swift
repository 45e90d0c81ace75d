import QuotaModel

/// An account as its organization lists it.
package struct OrganizationAccount: Equatable, Sendable {
    /// 12 digits.
    package let id: String
    /// What its owner called it, any text; several accounts may have the same. Empty where none is listed.
    package let name: String
    /// Neither being made, nor suspended, nor closed.
    package let isActive: Bool

    package init(id: String, name: String, isActive: Bool = true) {
        self.id = id
        self.name = name
        self.isActive = isActive
    }
}

/// A root or an organizational unit of an organization.
package struct OrganizationUnit: Equatable, Sendable {
    /// `r-…` or `ou-…`.
    package let id: String
    /// What its owner called it, any text; nil where only its ID is known, as of one that the configuration names.
    package let name: String?

    package init(id: String, name: String? = nil) {
        (self.id, self.name) = (id, name)
    }
}

/// AWS Organizations, JSON 1.1 protocol; one endpoint for a whole partition.
///
/// Lists are whole or an error: of an account that is missing in one, the caller would think that it had left.
package struct OrganizationsClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    /// - Parameter region: Any of the partition.
    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = Partition(region: region).organizationsRegion
    }

    /// All accounts of the organization, those that are no longer active among them.
    /// There is at least one, the management account.
    package func listAccounts() async throws(AWSError) -> [OrganizationAccount] {
        let accounts = try await accounts("ListAccounts", parent: nil)
        guard !accounts.isEmpty else {
            throw AWSRequest(service: .organizations, operation: "ListAccounts", region: region)
                .malformed("an organization without any account")
        }
        return accounts
    }

    /// The accounts directly below a root (`r-…`) or an organizational unit (`ou-…`).
    package func listAccounts(inParent parent: String) async throws(AWSError) -> [OrganizationAccount] {
        try await accounts("ListAccountsForParent", parent: parent)
    }

    /// The organizational units directly below a root or another unit.
    package func listOrganizationalUnits(
        inParent parent: String
    ) async throws(AWSError) -> [OrganizationUnit] {
        var units: [OrganizationUnit] = []
        try await pages("ListOrganizationalUnitsForParent", parent: parent) { (page: Wire.UnitsOutput, _) in
            units += page.OrganizationalUnits?.map { OrganizationUnit(id: $0.Id, name: $0.Name) } ?? []
            return page.NextToken
        }
        return units
    }

    /// Of a caller that walks no further.
    package func tooManyUnits() -> AWSError {
        AWSRequest(
            service: .organizations, operation: "ListOrganizationalUnitsForParent", region: region
        ).error(.malformedAnswer, "more organizational units than AWS allows")
    }

    private func accounts(
        _ operation: String, parent: String?
    ) async throws(AWSError) -> [OrganizationAccount] {
        var accounts: [OrganizationAccount] = []
        try await pages(operation, parent: parent) {
            (page: Wire.AccountsOutput, request) throws(AWSError) in
            for account in page.Accounts ?? [] { accounts.append(try account.account(request)) }
            return page.NextToken
        }
        return accounts
    }

    /// Reads page after page; also an empty one may have a successor.
    private func pages<Page: Decodable>(
        _ operation: String, parent: String?,
        _ take: (Page, AWSRequest) throws(AWSError) -> String?
    ) async throws(AWSError) {
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumOrganizationPages)
        while true {
            let request = try request(
                operation,
                Wire.Input(
                    ParentId: parent, MaxResults: AWSDefaults.organizationEntriesPerPage,
                    NextToken: cursor.token))
            let page = try JSONAnswer.decode(
                Page.self, request: request, response: await caller.send(request))
            guard try cursor.advance(to: try take(page, request), request) else { return }
        }
    }

    private func request(_ operation: String, _ input: Wire.Input) throws(AWSError) -> AWSRequest {
        try AWSRequest.json(
            service: .organizations, operation: operation, target: "AWSOrganizationsV20161128",
            version: "1.1", region: region
        ).with(input)
    }
}

extension AWSError {
    /// What can be done about a refusal by Organizations; nil where its own words say enough.
    package var organizationsHint: String? {
        if code == "AWSOrganizationsNotInUseException" {
            return "the account is in no organization: name accounts under accounts instead of organization"
        }
        if code == "ParentNotFoundException" {
            return "organization.organizational_units or exclude names a unit that does not exist"
        }
        guard kind == .accessDenied else { return nil }
        return "only the management account and delegated administrators may list accounts, with "
            + "organizations:ListAccounts, ListAccountsForParent and ListOrganizationalUnitsForParent"
    }
}

/// The JSON of Organizations' listings (API version 2016-11-28).
private enum Wire {
    struct Input: Encodable {
        let ParentId: String?
        let MaxResults: Int
        let NextToken: String?
    }

    struct AccountsOutput: Decodable {
        let Accounts: [Account]?
        let NextToken: String?
    }

    struct UnitsOutput: Decodable {
        struct Unit: Decodable {
            let Id: String
            let Name: String?
        }

        let OrganizationalUnits: [Unit]?
        let NextToken: String?
    }

    struct Account: Decodable {
        let Id: String
        let Name: String?
        /// Newer than `Status`, which AWS announced to take away.
        let State: String?
        let Status: String?

        func account(_ request: AWSRequest) throws(AWSError) -> OrganizationAccount {
            guard Id.utf8.count == 12, Id.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw request.malformed("an account's ID is not 12 digits")
            }
            guard let state = State ?? Status else { throw request.malformed("account \(Id) has no state") }
            return OrganizationAccount(id: Id, name: Name ?? "", isActive: state == "ACTIVE")
        }
    }
}
