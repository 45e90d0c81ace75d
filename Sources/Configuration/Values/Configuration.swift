/// The whole configuration, checked. Every part has a default.
package struct Configuration: Equatable, Sendable {
    package var web = WebConfiguration()
    package var storage = StorageConfiguration()
    /// At least one.
    package var accounts = [AccountConfiguration()]
    package var polling = PollingConfiguration()
    package var quotas = QuotasConfiguration()
    package var alerts = AlertsConfiguration()
    package var remoteWrite: [RemoteWriteConfiguration] = []

    package init() {}

    /// What an empty file means.
    package static let defaults = Configuration()

    /// Reads a configuration. Throws all problems found, up to a bound; `file` names the text in messages.
    package static func load(text: String, file: String) throws(ConfigurationError) -> Configuration {
        try load(bytes: Array(text.utf8), file: file)
    }

    /// Reads a configuration from UTF-8.
    package static func load(bytes: [UInt8], file: String) throws(ConfigurationError) -> Configuration {
        let root = try YAMLParser.parse(bytes: bytes, file: file)
        let problems = ProblemList(source: file)
        let section = SectionReader(root, path: "", schema: "", problems: problems)
        let configuration = section.map { Configuration($0) }
        try problems.check()
        return configuration ?? defaults
    }

    private init(_ file: SectionReader) {
        let storageSection = file.section("storage")
        let pollingSection = file.section("polling")
        web = file.section("web").map { WebConfiguration($0) } ?? web
        storage = storageSection.map { StorageConfiguration($0) } ?? storage
        let problemsBefore = file.problems.count
        accounts = AccountConfiguration.list(file)
        // Where an account could not be read, nobody can tell what an override names.
        let known = file.problems.count == problemsBefore ? accounts : nil
        polling = pollingSection.map { PollingConfiguration($0) } ?? polling
        quotas = file.section("quotas").map { QuotasConfiguration($0, accounts: known) } ?? quotas
        alerts = file.section("alerts").map { AlertsConfiguration($0, accounts: known) } ?? alerts
        remoteWrite = RemoteWriteConfiguration.list(file)
        checkBackfill(storage: storageSection, polling: pollingSection, file.problems)
    }

    /// Reading more of the past than is kept would be paid for and thrown away.
    private func checkBackfill(
        storage section: SectionReader?, polling: SectionReader?, _ problems: ProblemList
    ) {
        let kept = storage.rollupRetention
        let read = self.polling.backfill
        guard read > kept, problems.count == 0 else { return }
        let message =
            "polling.backfill, \(read), is longer than storage.rollup_retention, \(kept); allowed: at most as long"
        if let polling, polling.has("backfill") {
            polling.report("backfill", message)
        } else {
            section?.report("rollup_retention", message)
        }
    }
}
