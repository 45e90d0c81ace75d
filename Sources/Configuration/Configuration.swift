import Alerting
import Glibc
import Notifications
import QuotaModel
import Reading
import RemoteWrite
import System
import UsageStore
import Web

/// The whole configuration, checked: the settings of each part of the program, which hold the defaults.
package struct Configuration: Equatable, Sendable {
    package var web = WebSettings()
    package var storage = StorageSettings()
    /// At least one, unless there is an organization.
    package var accounts = [AccountSettings()]
    /// Accounts that are found beside those.
    package var organization: OrganizationSettings?
    /// Which of all these accounts are read.
    package var shard = AccountShard.whole
    package var polling = PollingSettings()
    package var quotas = QuotaSettings()
    /// Section `alerts` but for its receivers.
    package var alerts = AlertRules()
    /// Each with a name of its own.
    package var receivers: [AlertReceiver] = []
    package var remoteWrite: [RemoteWriteSettings] = []

    package init() {}

    /// What an empty file means.
    package static let defaults = Configuration()

    static let fields: [Field<Configuration>] = [
        .group("web", \.web, WebSection.fields),
        .group("storage", \.storage, StorageSection.fields),
        AccountsSection.field,
        OrganizationSection.field,
        OrganizationSection.shard,
        .group("polling", \.polling, PollingSection.fields),
        .group("quotas", QuotasSection.fields),
        .group("alerts", AlertsSection.fields),
        RemoteWriteSection.field,
        .check(checkBackfill),
    ]

    /// Reading more of the past than is kept would be paid for and thrown away.
    private static func checkBackfill(_ file: SectionReader, _ configuration: Configuration) {
        let kept = configuration.storage.rollupRetention
        let read = configuration.polling.backfill
        guard read > kept, file.problems.count == 0 else { return }
        let message =
            "polling.backfill, \(read), is longer than storage.rollup_retention, \(kept); allowed: at most as long"
        if let polling = file.section("polling"), polling.has("backfill") {
            polling.report("backfill", message)
        } else {
            file.section("storage")?.report("rollup_retention", message)
        }
    }

    /// The running configuration for people: YAML with every key, and `<secret>` in place of secrets. It loads as the
    /// same configuration when it holds no secret.
    package var page: String { page { _ in nil } }

    /// The same with a comment behind each value whose path has one.
    package func page(_ comment: @escaping (_ path: String) -> String?) -> String {
        var page = YAMLWriter(comment)
        Self.fields.write(self, &page)
        return page.output
    }

    /// Reads a configuration. Throws all problems found, up to a bound; `file` names the text in messages.
    package static func load(
        text: String, file: String, readFile: BoundedFile.Reader? = nil
    ) throws(ConfigurationError) -> Configuration {
        try load(bytes: Array(text.utf8), file: file, readFile: readFile)
    }

    /// Reads a configuration from UTF-8, and the files that hold its secrets; these stay unknown without `readFile`.
    package static func load(
        bytes: [UInt8], file: String, readFile: BoundedFile.Reader? = nil
    ) throws(ConfigurationError) -> Configuration {
        try load(YAMLParser.parse(bytes: bytes, file: file), file: file, readFile: readFile)
    }

    private static func load(
        _ root: YAMLNode, file: String, readFile: BoundedFile.Reader?
    ) throws(ConfigurationError) -> Configuration {
        let problems = ProblemList(source: file, readFile: readFile)
        var configuration = Configuration()
        if let section = SectionReader(root, path: "", schema: "", problems: problems) {
            fields.read(section, &configuration)
        }
        try problems.check()
        return configuration
    }
}

extension Configuration {
    /// Reads a configuration file, of which no more than `ConfigurationLimits.fileBytes` is taken.
    package static func loadFile(path: String) throws(ConfigurationError) -> Configuration {
        try loadFileWithLines(path: path).configuration
    }

    /// The same, with the line of each key.
    package static func loadFileWithLines(
        path: String
    ) throws(ConfigurationError) -> (configuration: Configuration, lines: [String: Int]) {
        let root = try YAMLParser.parse(bytes: try contents(path), file: path)
        let configuration = try load(root, file: path, readFile: BoundedFile.read)
        return (configuration, ConfigurationOrigins.lines(of: root))
    }

    private static func contents(_ path: String) throws(ConfigurationError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opened", path, errno) }
        defer { close(descriptor) }
        // One byte more than is allowed tells a file that is too large from one that just fits.
        var bytes = [UInt8](repeating: 0, count: ConfigurationLimits.fileBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            if got == 0 { break }
            if got > 0 {
                count += got
            } else if errno != EINTR {
                throw failure("read", path, errno)
            }
        }
        return Array(bytes[..<count])
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> ConfigurationError {
        ConfigurationError(
            source: path, "the configuration file cannot be \(verb): \(String(cString: strerror(code)))")
    }
}

extension Configuration {
    /// All that the configuration holds and nobody may see; what is in files is told when these are read.
    package var secrets: Set<String> {
        let urls =
            accounts.compactMap(\.endpointURL) + [organization?.endpointURL].compactMap { $0 }
            + remoteWrite.map(\.url) + receivers.compactMap(\.url)
        let arguments = receivers.flatMap(\.arguments).filter(\.looksSecret)
        return Set(
            urls.flatMap(\.tellingSecrets) + arguments + accounts.compactMap(\.externalID?.value)
                + [organization?.externalID?.value].compactMap { $0 }
                + web.basicAuthUsers.values.map(\.value))
    }
}

extension AlertReceiver {
    fileprivate var url: ServiceURL? {
        switch target {
        case .alertmanager(.text(let url)), .webhook(.text(let url)), .slack(.text(let url)): url
        case .alertmanager, .webhook, .slack, .sns, .command: nil
        }
    }

    fileprivate var arguments: [String] {
        guard case .command(_, let arguments) = target else { return [] }
        return arguments.map(\.value)
    }
}

/// The bounds on configurations that are not those of a single key.
package enum ConfigurationLimits {
    /// The largest file read, in bytes.
    package static let fileBytes = 1 << 20
    /// Of a file whose lines are read.
    static let linesBytes = 64 << 10
    static let shownProblems = 20
    /// Problems kept for sorting by line; further ones are only counted.
    static let collectedProblems = 500

    static let yamlDepth = 32
    static let yamlNodes = 20_000
    /// YAML 1.2, 7.4.2 allows 1,024.
    static let yamlKeyCharacters = 1000

    static let pathCharacters = 4096
    static let nameCharacters = 64
    /// The name of an account of an organization, and its ID.
    static let accountCharacters = 160
    static let profileCharacters = 128
    static let arnCharacters = 2048
    static let modelCharacters = 256
}
