import Alerting
import Configuration
import Glibc
import History
import QuotaModel
import System
import UsageStore

extension Flag {
    static let exportStart = Flag(
        name: "start", valueName: "TIME", defaultValue: nil, help: "As for query; must be given.")
}

extension Topic {
    static let openmetrics = Topic(
        "openmetrics", "Write single minutes of the store as OpenMetrics, for other databases.",
        flags: [
            .exportStart, .end, .account, .region, .scope, .model, .modelID, .configFile, .storagePath, .help,
        ])
    static let cloudWatchAlarms = Topic(
        "cloudwatch-alarms",
        "Write CloudFormation templates of native alarms for the store's pools and quotas of today.",
        flags: [.directory, .account, .region, .scope, .model, .configFile, .storagePath, .help])
}

/// `export`: what another program can read.
enum ExportCommand {
    static let topics: [Topic] = [.openmetrics, .cloudWatchAlarms]

    /// Throws `UsageError` for flags that make no question.
    static func run(_ invocation: Invocation) async throws -> Int32 {
        invocation.topic == .cloudWatchAlarms
            ? try await AlarmExport(invocation).run() : try await OpenMetricsExport(invocation).run()
    }
}

/// `export openmetrics`: single minutes for another database, under the names that remote write uses.
struct OpenMetricsExport {
    private let parameters: UsageParameters
    private let invocation: Invocation

    /// Throws `UsageError` for parameters that make no question.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        guard invocation.values[Flag.start.name] != nil else {
            throw Invocation.UsageError(
                description:
                    "export openmetrics needs --start, such as --start=-30d; without --end it goes up to now")
        }
        parameters = try QueryFlags.parameters(invocation, formats: [.openmetrics], fixed: [("step", "1m")])
    }

    func run() async throws -> Int32 {
        try await HistoryOutput(invocation).print(parameters)
    }
}

extension Flag {
    static let directory = Flag(
        name: "directory", valueName: "DIRECTORY", defaultValue: nil,
        help: "Write a file for each account and Region here; the folder is made if it is missing.")
}

/// `export cloudwatch-alarms`: CloudFormation templates of native alarms, out of the store's pools and quotas of today.
struct AlarmExport {
    private let invocation: Invocation
    private let parameters: UsageParameters

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Throws `UsageError` for flags that mean nothing here.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        parameters = try QueryFlags.parameters(invocation, formats: [.json])
    }

    func run() async throws -> Int32 {
        let configuration = try invocation.configurationLoader()
        let template = try await template(configuration)
        for note in template.notes { Output.error(note) }
        guard !template.stacks.isEmpty else {
            throw Failure(
                description: "no alarm can be made: the store knows no quota of what was asked for")
        }
        if let directory = invocation[.directory] { return try write(template.stacks, to: directory) }
        guard template.stacks.count == 1 else {
            let names = template.stacks.map { "\($0.account) \($0.region)" }.joined(separator: ", ")
            throw Invocation.UsageError(
                description:
                    "a template is for one account and Region, and there are \(template.stacks.count) (\(names)); choose with --account and --region, or write all with --directory"
            )
        }
        _ = try StandardOutput.write(Array(template.stacks[0].text.utf8))
        return 0
    }

    private func template(_ configuration: Configuration) async throws -> AlarmTemplate {
        let reader = try UsageReader.open(path: configuration.storage.path)
        let series: [StoredSeries]
        do {
            series = try parameters.matching(try await reader.series())
        } catch let error as UsageRequestError {
            throw Invocation.UsageError(description: error.description)
        }
        let now = Minute(containingEpochSeconds: Int(PollClock.system.now()))
        let pools = try await AlarmPoolReader(reader, now: now).pools(of: series)
        return try AlarmTemplate(pools, rules: configuration.alerts)
    }

    /// `ACCOUNT-REGION.json`, and `ACCOUNT-REGION-2.json` and so on for what one stack cannot hold.
    private func write(_ stacks: [AlarmTemplate.Stack], to directory: String) throws -> Int32 {
        guard mkdir(directory, 0o777) == 0 || errno == EEXIST else {
            throw Failure(
                description: "cannot make the folder \(directory): \(String(cString: strerror(errno)))")
        }
        for stack in stacks {
            let number = stack.number > 1 ? "-\(stack.number)" : ""
            try Self.write(stack.text, to: "\(directory)/\(stack.account)-\(stack.region)\(number).json")
        }
        Output.print("\(stacks.count) \(stacks.count == 1 ? "template" : "templates") in \(directory)")
        return 0
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        var rest = Array(text.utf8)[...]
        var isWritten = descriptor >= 0
        while isWritten, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            isWritten = count > 0
            rest = rest.dropFirst(max(0, count))
        }
        let code = errno
        if descriptor >= 0 { close(descriptor) }
        guard isWritten else {
            throw Failure(description: "cannot write \(path): \(String(cString: strerror(code)))")
        }
    }
}
