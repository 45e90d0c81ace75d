import Reading
import System

/// Section `organization`, and the key `shard`.
enum OrganizationSection {
    static let field = Field<Configuration>(
        name: "organization",
        keys: { prefix, _ in fields.flatMap { $0.keys("\(prefix)organization.", OrganizationSettings()) } },
        read: { file, configuration in
            guard let section = file.section("organization") else { return }
            var organization = OrganizationSettings()
            fields.read(section, &organization)
            configuration.organization = organization
            // The default account would be one of the organization's once more.
            if !file.has("accounts") { configuration.accounts = [] }
            if let name = organization.monitoredBy, file.problems.count == 0 {
                AccountsSection.checkMonitor(
                    name, key: "monitored_by", among: configuration.accounts, section)
            }
        },
        write: { configuration, page in
            guard let organization = configuration.organization else {
                return page.plain("organization", "null")
            }
            page.open("organization") { fields.write(organization, &$0) }
        })

    static let shard = Field<Configuration>.value(
        "shard", \.shard, .shard,
        "Which part of all accounts is read, by their IDs: `2/8` is the second of eight exporters. `\(FlagOverrides.shardVariable)` in the environment stands above it.",
        mayBeEmpty: true)

    private static let fields: [Field<OrganizationSettings>] =
        [
            .value(
                "role_name", \.roleName, .roleName,
                "The role to assume in each account but the exporter's own, with its path.")
        ]
        + Field.secret(
            "external_id", \.externalID, file: \.externalIDFile, .externalID,
            "The external ID that the role asks for.")
        + [
            .list(
                "regions", \.regions, "list of Regions", of: .region, atMost: 50,
                "The source Regions to watch in each account; an empty list means those of the environment."),
            .list(
                "organizational_units", \.organizationalUnits, "list of units", of: .unit, atMost: 200,
                "Roots `r-…` and units `ou-…` whose accounts are read, with all units below; an empty list means all accounts."
            ),
            .list(
                "exclude", \.exclude, "list of IDs", of: .accountOrUnit, atMost: 1000,
                "12-digit account IDs, and units with all below them, that are not read."),
            .value(
                "refresh", \.refresh, .duration(.seconds(1), to: .days(1)),
                "How often the accounts are listed; the longest pause before a failing role is tried again."),
            .optional(
                "profile", \.profile, .profile,
                "A profile of the AWS configuration files that lists the accounts and assumes the role; without it the default credential chain."
            ),
            .optional(
                "endpoint_url", \.endpointURL, .url(check: AccountsSection.checkEndpoint),
                "Where all AWS services are, instead of AWS's own endpoints."),
            .list(
                "profile_tags", \.profileTags, "list of tags", of: .tagKey, atMost: 8,
                "As `accounts[].profile_tags`."),
            .optional(
                "monitored_by", \.monitoredBy, .account,
                "The name of an account under `accounts` through which the metrics of all found ones are read; the role is then "
                    + "asked for limits, which are AWS's defaults where it does not work."),
            .value(
                "found_by", \.foundBy, .accountSource,
                "Who lists the accounts: `organization`, or `links`, the accounts that are linked to that of `monitored_by`."
            ),
            .check(checkLinks),
        ]

    private static func checkLinks(_ section: SectionReader, _ organization: OrganizationSettings) {
        guard organization.foundBy == .links else { return }
        if organization.monitoredBy == nil {
            section.report(
                "found_by", "links are those of a monitoring account; allowed: together with monitored_by")
        }
        if !organization.organizationalUnits.isEmpty {
            section.report(
                "organizational_units",
                "links say nothing of units; allowed: together with found_by: organization")
        }
        if let unit = organization.exclude.first(where: { !ARN.isAccount($0) }) {
            section.report(
                "exclude",
                "\(Shown.value(unit)) is a unit, of which links say nothing; allowed: account IDs")
        }
    }
}

extension Configuration {
    /// Those that settings may name: none where others are found beside them.
    var namedAccounts: [AccountSettings] { organization == nil ? accounts : [] }
}

extension Form where Value == AccountSource {
    static var accountSource: Self {
        Form(
            type: "word", text: \.rawValue, isQuoted: false,
            shape: .words(AccountSource.allCases.map(\.rawValue))
        ) { scalar throws(InvalidValue) in
            guard let source = AccountSource(rawValue: scalar.text) else {
                let allowed = AccountSource.allCases.map(\.rawValue).joined(separator: ", ")
                throw InvalidValue("\(scalar.shown) finds no accounts; allowed: \(allowed)")
            }
            return source
        }
    }
}

extension Form where Value == AccountShard {
    static var shard: Self {
        Form(type: "K/N", text: \.description, shape: .text("[0-9]/[1-9][0-9]*$")) {
            scalar throws(InvalidValue) in
            guard let shard = AccountShard(scalar.text) else {
                throw InvalidValue(
                    "\(scalar.shown) is no shard; allowed: K/N with K from 1 to N, such as 2/8, or a pod's name for K, such as quota-1/8"
                )
            }
            return shard
        }
    }
}

extension Form where Value == String {
    /// IAM's RoleName, and its path before it.
    fileprivate static var roleName: Self {
        Form("name", shape: .text(#"^[A-Za-z0-9_+=,.@/-]+$"#, atMost: 512)) { scalar throws(InvalidValue) in
            let parts = scalar.text.split(separator: "/", omittingEmptySubsequences: false)
            guard scalar.text.count <= 512, (1...64).contains(parts.last?.count ?? 0),
                parts.allSatisfy({ part in
                    !part.isEmpty && part.allSatisfy { $0.isASCIILetterOrDigit || "_+=,.@-".contains($0) }
                })
            else {
                throw InvalidValue(
                    "\(scalar.shown) is not the name of a role; allowed: a name such as bedrock-quota-monitor, with its path but without the ARN"
                )
            }
            return scalar.text
        }
    }

    /// Organizations' ParentId.
    fileprivate static var unit: Self {
        Form("unit", shape: .text("^(\(unitPattern))$")) { scalar throws(InvalidValue) in
            guard isUnit(scalar.text) else {
                throw InvalidValue(
                    "\(scalar.shown) is no organizational unit; allowed: an ID such as ou-ab12-11112222, or a root's, r-ab12"
                )
            }
            return scalar.text
        }
    }

    fileprivate static var accountOrUnit: Self {
        Form("ID", shape: .text("^([0-9]{12}|\(unitPattern))$")) { scalar throws(InvalidValue) in
            guard ARN.isAccount(scalar.text) || isUnit(scalar.text) else {
                throw InvalidValue(
                    "\(scalar.shown) is neither an account nor a unit; allowed: 12 digits in quotes, or an ID such as ou-ab12-11112222"
                )
            }
            return scalar.text
        }
    }

    /// As `isUnit` judges.
    private static var unitPattern: String { "r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}" }

    private static func isUnit(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        func fits(_ part: Substring, _ counts: ClosedRange<Int>) -> Bool {
            counts.contains(part.count) && part.allSatisfy { $0.isASCIIDigit || $0.isASCIILowercase }
        }
        return switch (parts.first, parts.count) {
        case ("r", 2): fits(parts[1], 4...32)
        case ("ou", 3): fits(parts[1], 4...32) && fits(parts[2], 8...32)
        default: false
        }
    }
}
