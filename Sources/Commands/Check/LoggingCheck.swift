import AWSClient
import Reading
import System

/// Tells whether the calls of models are logged in a Region, where, and whether it can be read who made them.
struct LoggingCheck {
    let session: AccountSession
    let region: String
    /// Unix seconds.
    let now: Double
    let report: @Sendable (CheckLine) -> Void

    private static let operation = "bedrock:GetModelInvocationLoggingConfiguration"

    func run() async {
        let subject = "\(region) \(Self.operation)"
        let group: String?
        do throws(AWSError) {
            let logging = try await session.bedrock(region).invocationLogging().logging
            report(line(subject, logging))
            group = session.callers?.logGroup ?? logging?.logGroup
        } catch {
            // Who does not ask for callers need not have the right.
            guard let callers = session.callers else { return }
            report(
                CheckLine(
                    .warn, subject,
                    callers.logGroup == nil
                        ? "callers stay unknown: \(error)" : "needed only without callers.log_group: \(error)"
                ))
            group = callers.logGroup
        }
        if let callers = session.callers, let group { await tryQuery(callers, group) }
    }

    private func line(_ subject: String, _ logging: InvocationLogging?) -> CheckLine {
        let isWanted = session.callers != nil
        guard let logging else {
            return CheckLine(
                isWanted ? .warn : .ok, subject,
                "model invocation logging is off" + (isWanted ? ": callers stay unknown" : ""))
        }
        let places = [
            logging.logGroup.map { "CloudWatch Logs group \(VisibleText.escaped($0))" },
            logging.bucket.map { "S3 bucket \(VisibleText.escaped($0))" },
        ].compactMap { $0 }
        var text =
            "model invocations are logged to \(places.isEmpty ? "nowhere" : places.joined(separator: " and "))"
        let isReadable = logging.logGroup != nil || session.callers?.logGroup != nil
        if isWanted, !isReadable { text += ": callers stay unknown, as they are read from CloudWatch Logs" }
        guard !logging.deliveredContent.isEmpty else {
            return CheckLine(isWanted && !isReadable ? .warn : .ok, subject, "\(text), without content")
        }
        return CheckLine(
            isWanted ? .warn : .ok, subject,
            "\(text), with the content of calls (\(logging.deliveredContent.joined(separator: ", "))); recommended is metadata "
                + "only, for privacy and for the price of writing and scanning: switch these off in Bedrock's settings"
        )
    }

    /// A second of the logs, some minutes ago: a scan of next to nothing.
    private func tryQuery(_ callers: CallerSettings, _ group: String) async {
        let logs = session.logs(region)
        let start = Int(now) - 600
        let id: String
        do throws(AWSError) {
            id = try await logs.startQuery(
                logGroup: group, start: start, end: start, query: CallerQuery(callers.kinds).text, limit: 1
            ).id
            report(CheckLine(.ok, "\(region) logs:StartQuery", "a query of \(VisibleText.escaped(group))"))
        } catch {
            report(CheckLine(.warn, "\(region) logs:StartQuery", "callers stay unknown: \(error)"))
            return
        }
        do throws(AWSError) {
            let answer = try await logs.queryResults(id: id, limit: 1)
            report(CheckLine(.ok, "\(region) logs:GetQueryResults", "the query is \(answer.status.rawValue)"))
        } catch {
            report(CheckLine(.warn, "\(region) logs:GetQueryResults", "callers stay unknown: \(error)"))
        }
        do throws(AWSError) {
            try await logs.stopQuery(id: id)
            report(CheckLine(.ok, "\(region) logs:StopQuery", "the query was stopped"))
        } catch {
            // One that has ended cannot be stopped.
            guard error.kind != .refused else { return }
            report(CheckLine(.warn, "\(region) logs:StopQuery", "queries that hang go on: \(error)"))
        }
    }
}
