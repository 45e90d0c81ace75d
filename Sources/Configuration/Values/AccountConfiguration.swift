/// One AWS account to watch.
package struct AccountConfiguration: Equatable, Sendable {
    /// The label `account`; nil for the 12-digit account ID.
    package var name: String?
    /// Source Regions, each once; empty for those of the environment.
    package var regions: [String] = []
    /// A profile of the AWS configuration files; nil for the default credential chain.
    package var profile: String?
    /// A role that is assumed on top.
    package var roleARN: String?
    /// Sent with the role; not to be shown.
    package var externalID: Secret?
    /// Where all services are; nil for AWS's own endpoints.
    package var endpointURL: ServiceURL?

    package init() {}

    init(_ section: SectionReader) {
        name = section.optional("name") { scalar throws(InvalidValue) in try scalar.name() }
        profile = section.optional("profile") { scalar throws(InvalidValue) in
            try scalar.printable(atMost: ConfigurationLimits.profileCharacters)
        }
        roleARN = section.optional("role_arn", ARN.role)
        externalID = section.optional("external_id", Self.externalID)
        endpointURL = section.optional("endpoint_url", Self.endpoint)
        regions = Self.regions(section)
        if section.has("external_id"), !section.has("role_arn") {
            section.report(
                "external_id", "is sent only when a role is assumed; allowed: together with role_arn")
        }
    }

    private static func regions(_ section: SectionReader) -> [String] {
        var regions: [String] = []
        for item in section.items("regions", atMost: ConfigurationLimits.regionsPerAccount) ?? [] {
            guard let region = section.scalar(item.node, path: item.path, RegionName.parse) else { continue }
            guard !regions.contains(region) else {
                section.problems.add(
                    item.node.position, item.path, "\(region) is in the list twice; allowed: once")
                continue
            }
            regions.append(region)
        }
        return regions
    }

    /// STS AssumeRole, parameter ExternalId. The message never shows the text.
    private static func externalID(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Secret {
        let counts = ConfigurationLimits.externalIDCharacters
        guard counts.contains(scalar.text.count),
            scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "_+=,.@:/-".contains($0) })
        else {
            throw InvalidValue(
                "not an external ID; allowed: \(counts.lowerBound) to \(counts.upperBound) letters, digits and _ + = , . @ : / -"
            )
        }
        return Secret(scalar.text)
    }

    private static func endpoint(_ scalar: ConfiguredScalar) throws(InvalidValue) -> ServiceURL {
        let url = try ServiceURL(scalar)
        guard !url.hasUser, !url.hasQuery else {
            throw InvalidValue(
                "an endpoint has no user and no query; allowed: http://host:port or https://host")
        }
        return url
    }
}

extension AccountConfiguration {
    /// The configured accounts, one on the default credential chain when none is configured.
    static func list(_ file: SectionReader) -> [AccountConfiguration] {
        guard let sections = file.sections("accounts", atMost: ConfigurationLimits.accounts) else {
            return [AccountConfiguration()]
        }
        let mark = file.problems.mark
        let accounts = sections.map { AccountConfiguration($0) }
        if case .list(let items)? = file.node("accounts")?.value, items.isEmpty {
            file.report(
                "accounts",
                "the list is empty; allowed: one account or more, or leave the key out for the default")
        }
        guard file.problems.mark == mark else { return accounts }
        for (index, account) in accounts.enumerated() {
            for earlier in accounts[..<index] { account.check(against: earlier, sections[index]) }
        }
        return accounts
    }

    /// Names are labels, so they must differ; the same credentials for the same Region would count tokens twice.
    private func check(against earlier: AccountConfiguration, _ section: SectionReader) {
        if let name, name == earlier.name {
            section.report("name", "\(Shown.value(name)) names an account above; allowed: a name of its own")
        }
        let sameSource =
            profile == earlier.profile && roleARN == earlier.roleARN && endpointURL == earlier.endpointURL
        guard sameSource else { return }
        guard !regions.isEmpty, !earlier.regions.isEmpty else {
            section.report(
                "regions",
                "an account above has the same credentials; allowed: Regions listed for both, none of them twice"
            )
            return
        }
        guard let region = regions.first(where: { earlier.regions.contains($0) }) else { return }
        section.report(
            "regions",
            "an account above has the same credentials and also \(region); allowed: each Region once")
    }
}
