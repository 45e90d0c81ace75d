import QuotaModel
import Reading
import System

/// Section `accounts`.
enum AccountsSection {
    static let field = Field<Configuration>.list(
        "accounts", \.accounts, of: fields, atMost: 50, standard: nil,
        "The accounts whose usage is read; without it one, that of the default credential chain.",
        SectionRules(needs: externalIDs.map { .init(key: $0, other: "role_arn") }),
        read: { file, sections, configuration in
            let mark = file.problems.count
            let accounts = accounts(file, sections)
            configuration.accounts = file.problems.count == mark ? accounts : []
        })

    private static let fields: [Field<AccountSettings>] =
        [
            .optional("name", \.name, .name, "The label `account`; without it the 12-digit account ID."),
            .list(
                "regions", \.regions, "list of Regions", of: .region, atMost: 50,
                "The source Regions to watch; an empty list means those of the environment."),
            .optional(
                "profile", \.profile, .profile,
                "A profile of the AWS configuration files; without it the default credential chain."),
            .optional("role_arn", \.roleARN, .role, "A role to assume on top of those credentials."),
        ]
        + Field.secret(
            "external_id", \.externalID, file: \.externalIDFile, .externalID,
            "The external ID that the role asks for.")
        + [
            .optional(
                "monitored_by", \.monitoredBy, .account,
                "The name of another of these accounts, the monitoring account of CloudWatch cross-account observability through "
                    + "which this one's metrics are read. Without role_arn limits are AWS's defaults."),
            .optional(
                "account_id", \.accountID, .accountID,
                "The 12 digits of an account with monitored_by; without it those in role_arn."),
            .optional(
                "endpoint_url", \.endpointURL, .url(check: checkEndpoint),
                "Where all AWS services are, instead of AWS's own endpoints."),
            .list(
                "profile_tags", \.profileTags, "list of tags", of: .tagKey, atMost: 8,
                "Tags of application inference profiles that become labels `tag_…` of their model IDs; reading them needs "
                    + "bedrock:ListTagsForResource."),
            .group("callers", \.callers, callers),
            .check(checkLabels),
        ]

    private static let externalIDs = ["external_id", "external_id_file"]

    private static let standardCallers = CallerSettings()

    private static let callers: [Field<CallerSettings>] = [
        .value(
            "enabled", \.isEnabled, .flag,
            "Read from Bedrock's invocation logs in CloudWatch Logs who used the quotas; off by default. Logs Insights bills "
                + "each byte that it scans; needs further rights, see deploy/README.md."),
        .list(
            "by", \.by, "list of kinds", of: .callerKind, atMost: 5,
            "What callers are told apart by: role, session, or metadata:KEY for a key of the requests' metadata; an empty "
                + "list means the role."),
        .value(
            "keep", \.keep, .integer(1...100),
            "Callers of a pool and hour that are kept by name, for each of `by`; \(standardCallers.keep). All others "
                + "together are (other)."),
        .optional(
            "log_group", \.logGroup, .logGroup,
            "The log group of the invocation logs; without it Bedrock is asked for it."),
        .value(
            "monthly_budget_gigabytes", \.monthlyBudgetGigabytes,
            .number(0.001...1_000_000, unit: "gigabytes"),
            "What Logs Insights may scan in a calendar month, UTC, all Regions of the account together, at 0.005 US dollars "
                + "a gigabyte; \(Int(standardCallers.monthlyBudgetGigabytes)). What is not read for it stays unknown."
        ),
    ]

    /// Labels must differ where tags do.
    private static func checkLabels(_ section: SectionReader, _ account: AccountSettings) {
        var keys: [String: String] = [:]
        for tag in account.profileTags.map(ProfileTag.init) {
            guard let other = keys.updateValue(tag.key, forKey: tag.label) else { continue }
            section.report(
                "profile_tags",
                "\(Shown.value(other)) and \(Shown.value(tag.key)) would both be the label \(tag.label); allowed: tags whose labels differ"
            )
        }
    }

    static func checkEndpoint(_ url: ServiceURL) throws(InvalidValue) {
        guard !url.hasUser, !url.hasQuery else {
            throw InvalidValue(
                "an endpoint has no user and no query; allowed: http://host:port or https://host")
        }
    }

    private static func accounts(_ file: SectionReader, _ sections: [SectionReader]) -> [AccountSettings] {
        let mark = file.problems.count
        var accounts: [AccountSettings] = []
        for section in sections {
            var account = AccountSettings()
            fields.read(section, &account)
            for key in externalIDs where section.has(key) && !section.has("role_arn") {
                section.report(
                    key, "is sent only when a role is assumed; allowed: together with role_arn")
            }
            accounts.append(account)
        }
        if case .list(let items)? = file.node("accounts")?.value, items.isEmpty, !file.has("organization") {
            file.report(
                "accounts",
                "the list is empty; allowed: one account or more, or leave the key out for the default")
        }
        guard file.problems.count == mark else { return accounts }
        for (index, account) in accounts.enumerated() {
            for earlier in accounts[..<index] { check(account, against: earlier, sections[index]) }
            checkMonitoring(account, among: accounts, sections[index])
        }
        return accounts
    }

    /// An account that is read through another one must say which it is, and that one must be read by itself.
    private static func checkMonitoring(
        _ account: AccountSettings, among all: [AccountSettings], _ section: SectionReader
    ) {
        guard let name = account.monitoredBy else {
            guard account.accountID != nil else { return }
            return section.report(
                "account_id",
                "says nothing of an account that is read with its own credentials; allowed: together with monitored_by"
            )
        }
        checkMonitor(name, key: "monitored_by", among: all, section)
        if let id = account.accountID, let roleID = ARN.account(ofRole: account.roleARN), id != roleID {
            section.report(
                "account_id", "\(id) is not the account of role_arn, \(roleID); allowed: the same")
        }
        if account.knownID == nil {
            section.report(
                "account_id",
                "this key is required with monitored_by where role_arn does not name the account")
        }
        guard account.roleARN == nil else { return }
        if account.callers.isEnabled {
            section.report(
                "callers",
                "invocation logs are read by a role of the account; allowed: together with role_arn")
        }
        if account.profile != nil {
            section.report(
                "profile", "with monitored_by it only assumes role_arn; allowed: together with role_arn")
        }
    }

    /// Reports the name of a monitoring account that is none.
    static func checkMonitor(
        _ name: String, key: String, among all: [AccountSettings], _ section: SectionReader
    ) {
        let usable = all.filter { $0.monitoredBy == nil }.compactMap(\.name)
        guard !usable.contains(name) else { return }
        let allowed = usable.isEmpty ? "the name of an account there" : usable.joined(separator: ", ")
        guard !all.contains(where: { $0.name == name }) else {
            return section.report(
                key, "\(Shown.value(name)) is itself read through another account; allowed: \(allowed)")
        }
        let near = Suggestion.nearest(to: name, in: usable).map { "did you mean \($0)? " } ?? ""
        section.report(key, "\(Shown.value(name)) is no account under accounts; \(near)allowed: \(allowed)")
    }

    /// Names are labels, so they must differ; the same credentials for the same Region would count tokens twice.
    private static func check(
        _ account: AccountSettings, against earlier: AccountSettings, _ section: SectionReader
    ) {
        if let name = account.name, name == earlier.name {
            section.report("name", "\(Shown.value(name)) names an account above; allowed: a name of its own")
        }
        guard account.hasCredentials(of: earlier) else { return }
        guard !account.regions.isEmpty, !earlier.regions.isEmpty else {
            section.report(
                "regions",
                "an account above has the same credentials; allowed: Regions listed for both, none of them twice"
            )
            return
        }
        guard let region = account.regions.first(where: { earlier.regions.contains($0) }) else { return }
        section.report(
            "regions",
            "an account above has the same credentials and also \(region); allowed: each Region once")
    }

    /// Reports the account and the Region of an override that can match no pool. Where an account could not be read,
    /// nobody can tell: there are none then.
    static func check(
        account: String?, region: String?, against accounts: [AccountSettings], _ section: SectionReader
    ) {
        guard !accounts.isEmpty else { return }
        let names = accounts.compactMap(\.name)
        let mayBeID = names.count < accounts.count
        if let account, !names.contains(account), !mayBeID || !ARN.isAccount(account) {
            let near = Suggestion.nearest(to: account, in: names).map { "did you mean \($0)? " } ?? ""
            let allowed = names + (mayBeID ? ["a 12-digit account ID"] : [])
            section.report(
                "account",
                "\(Shown.value(account)) is no account of this file; \(near)allowed: \(allowed.joined(separator: ", "))"
            )
        }
        let regions = accounts.flatMap(\.regions)
        if let region, !regions.contains(region), accounts.allSatisfy({ !$0.regions.isEmpty }) {
            section.report(
                "region", "\(region) is watched for no account; allowed: \(regions.joined(separator: ", "))")
        }
    }
}

extension AccountSettings {
    /// Whether both would see the same usage of a Region.
    fileprivate func hasCredentials(of other: AccountSettings) -> Bool {
        guard monitoredBy == nil, other.monitoredBy == nil else {
            return knownID != nil && knownID == other.knownID && endpointURL == other.endpointURL
        }
        return profile == other.profile && roleARN == other.roleARN && endpointURL == other.endpointURL
    }
}

extension Form where Value == String {
    /// The ID of an AWS account.
    static var accountID: Self {
        Form("ID", shape: .text("^[0-9]{12}$")) { scalar throws(InvalidValue) in
            guard ARN.isAccount(scalar.text) else {
                throw InvalidValue(
                    "\(scalar.shown) is not the ID of an account; allowed: 12 digits, in quotes")
            }
            return scalar.text
        }
    }

    /// Bedrock's TagKey.
    static var tagKey: Self {
        Form("tag", shape: .text("^[A-Za-z0-9 ._:/=+@-]+$", atMost: 128)) { scalar throws(InvalidValue) in
            let counts = 1...128
            guard counts.contains(scalar.text.count),
                scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || " ._:/=+@-".contains($0) })
            else {
                throw InvalidValue(
                    "\(scalar.shown) is not the key of a tag; allowed: \(counts.lowerBound) to \(counts.upperBound) letters, digits, blanks and . _ : / = + @ -"
                )
            }
            return scalar.text
        }
    }
}

extension Form where Value == String {
    /// What callers are told apart by in the logs; a key is one that Bedrock takes.
    fileprivate static var callerKind: Self {
        Form("kind", shape: .text("^(role|session|metadata:.+)$")) { scalar throws(InvalidValue) in
            let limit = 256
            switch CallerKind(scalar.text) {
            case .role?, .session?: return scalar.text
            case .metadata(let key)?
            where key.utf8.count <= limit
                && key.allSatisfy({ $0.isASCIILetterOrDigit || " :_@$#=/+,-.".contains($0) }):
                return scalar.text
            case .metadata?, .profile?, .tag?, nil:
                throw InvalidValue(
                    "\(scalar.shown) is no kind of caller; allowed: \(CallerKind.loggedForms) with a key of 1 to \(limit) letters, digits, blanks and : _ @ $ # = / + , - ."
                )
            }
        }
    }

    /// CloudWatch Logs' LogGroupName.
    fileprivate static var logGroup: Self {
        Form("name", shape: .text("^[A-Za-z0-9._/#-]+$", atMost: 512)) { scalar throws(InvalidValue) in
            guard (1...512).contains(scalar.text.count),
                scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || ".-_/#".contains($0) })
            else {
                throw InvalidValue(
                    "\(scalar.shown) is not the name of a log group; allowed: 1 to 512 letters, digits and . - _ / #"
                )
            }
            return scalar.text
        }
    }
}

extension Form where Value == Secret {
    /// STS AssumeRole, parameter ExternalId. The message never shows the text.
    static var externalID: Self {
        Form(
            type: "secret", text: \.description, shape: .text("^[A-Za-z0-9_+=,.@:/-]{2,}$", atMost: 1224)
        ) { scalar throws(InvalidValue) in
            let counts = 2...1224
            guard counts.contains(scalar.text.count),
                scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "_+=,.@:/-".contains($0) })
            else {
                throw InvalidValue(
                    "not an external ID; allowed: \(counts.lowerBound) to \(counts.upperBound) letters, digits and _ + = , . @ : / -"
                )
            }
            return Secret(scalar.text)
        }
    }
}
