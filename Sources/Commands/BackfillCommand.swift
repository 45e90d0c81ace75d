import Configuration
import Glibc
import Polling
import Reading
import Synchronization
import System
import UsageStore

extension Flag {
    static let backfillStart = Flag(
        name: "start", valueName: "TIME", defaultValue: BackfillOrder.defaultStart,
        help:
            "As for query. CloudWatch keeps minutes for 15 days, 5 minutes for 63, hours for 455.")
    static let backfillEnd = Flag(
        name: "end", valueName: "TIME", defaultValue: "now",
        help: "As --start. Single minutes are read up to the first that is stored, so that no hole remains.")
    static let yes = Flag(
        name: "yes", valueName: nil, defaultValue: nil,
        help: "Do not ask before anything is paid for; needed where there is no terminal.")
}

/// `backfill`: history out of CloudWatch into the store, when no daemon is at work on it.
struct BackfillCommand {
    private let invocation: Invocation
    private let order: BackfillOrder
    private let now: Int

    /// Throws `UsageError` for times that make no range.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        now = Int(PollClock.system.now())
        order = try Self.order(invocation, now: now)
    }

    private static func order(_ invocation: Invocation, now: Int) throws -> BackfillOrder {
        do {
            return try BackfillOrder(
                start: invocation[.backfillStart], end: invocation[.backfillEnd],
                account: invocation[.account], region: invocation[.region], now: now)
        } catch {
            throw Invocation.UsageError(description: error.description)
        }
    }

    func run() async throws -> Int32 {
        let configuration = try invocation.configurationLoader()
        let meter = SpendingMeter()
        let accounts = try BackfillAccounts(
            configuration, order, environment: .ofThisProcess(), meter: meter)
        let signals = Signals()
        let stop = StopRequest()
        let work = Task { try await run(accounts, configuration, meter, stop) }
        let listener = Task { await stop.listen(signals, again: { work.cancel() }) }
        let code = await work.result
        listener.cancel()
        return try code.get()
    }

    private func run(
        _ accounts: BackfillAccounts, _ configuration: Configuration, _ meter: SpendingMeter,
        _ stop: StopRequest
    ) async throws -> Int32 {
        let isNew = access(configuration.storage.path, F_OK) != 0
        var sessions: [AccountSession] = []
        if isNew {
            // What a new store lacks is found out with one that is thrown away: who has no credentials, or declines, is
            // left without an empty one.
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let draft = try UsageStore.open(path: folder.storePath)
            sessions = try await accounts.sessions(in: draft)
            let end = try await offer(job(draft, configuration, meter), sessions, stop)
            try await draft.close()
            if let end { return end }
        }
        let store = try Self.open(configuration.storage.path)
        meter.noteStored(try await store.spending())
        if !isNew { sessions = try await accounts.sessions(in: store) }
        let job = job(store, configuration, meter)
        let work = Task { [sessions] in
            if isNew {
                _ = try await job.prepare(sessions, where: order.wants)
            } else if let end = try await offer(job, sessions, stop) {
                return end
            }
            return try await read(job, stop)
        }
        let code = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        // A daemon with a budget has to know of it, also of a request that was cut off.
        try await meter.store(in: store)
        try await store.close()
        return try code.get()
    }

    private func job(
        _ store: UsageStore, _ configuration: Configuration, _ meter: SpendingMeter
    ) -> BackfillJob {
        BackfillJob(
            store: store, clock: .system, plan: order.plan(polling: configuration.polling, now: now),
            quotas: configuration.quotas, meter: meter)
    }

    /// Tells what is missing and what it costs, and asks whether to read it.
    ///
    /// - Returns: An exit code where it ends with that.
    private func offer(
        _ job: BackfillJob, _ sessions: [AccountSession], _ stop: StopRequest
    ) async throws -> Int32? {
        let previews = try await job.prepare(sessions, where: order.wants)
        let problems = await job.problems
        for problem in problems { Output.error(problem) }
        guard !previews.isEmpty else {
            Output.error("no Region to read" + (problems.isEmpty ? ": no account or Region fits" : ""))
            return 1
        }
        Output.print(BackfillReport.preview(previews, range: order.range))
        guard previews.contains(where: { $0.estimate.requests > 0 }) else { return problems.isEmpty ? 0 : 1 }
        guard try confirm(stop) else {
            Output.print("Nothing was read.")
            return 1
        }
        return nil
    }

    private func read(_ job: BackfillJob, _ stop: StopRequest) async throws -> Int32 {
        let display = BackfillDisplay()
        let result = try await job.run(isStopped: { stop.isRequested }, report: display.show)
        display.end()
        for problem in result.problems + result.remarks { Output.error(problem) }
        Output.print(BackfillReport.end(result))
        return result.isComplete && result.problems.isEmpty ? 0 : 1
    }

    /// A daemon is the only one that writes its store, and can do the same itself.
    private static func open(_ path: String) throws -> UsageStore {
        do {
            return try UsageStore.open(path: path)
        } catch {
            guard error.cause == .inUse else { throw error }
            throw Busy(
                description:
                    "\(error). It alone writes to it, and reads history itself, beside its polls: set "
                    + "polling.backfill: 455d in its configuration and reload it (SIGHUP or POST /-/reload).")
        }
    }

    private struct Busy: Error, CustomStringConvertible {
        let description: String
    }

    /// Asks on a terminal; elsewhere nobody could answer, and nothing is paid for unasked.
    private func confirm(_ stop: StopRequest) throws -> Bool {
        if invocation[.yes] != nil { return !stop.isRequested }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw Invocation.UsageError(
                description: "nothing was read: without a terminal to ask at, backfill needs --yes")
        }
        FileHandleText.write("Start? [y/N] ")
        guard let answer = FileHandleText.line(isStopped: { stop.isRequested }) else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }
}

/// Ctrl-C: the first ends the job after the request under way, so that nothing is paid for twice, the second at once.
private final class StopRequest: Sendable {
    private let count = Atomic(0)

    var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// Counts stops until the task that runs it is cancelled; the second one calls `again`.
    func listen(_ signals: Signals, again: @Sendable () -> Void) async {
        for await event in signals.events {
            switch event {
            case .reload: continue
            case .stop:
                if count.wrappingAdd(1, ordering: .relaxed).newValue > 1 { again() }
            }
        }
    }
}

/// A question on the terminal.
private enum FileHandleText {
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// The next line of standard input without its end; nil at its end or when a signal came.
    static func line(isStopped: () -> Bool) -> String? {
        var bytes: [UInt8] = []
        while bytes.count < 100 {
            var poll = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, 200)
            guard !isStopped() else { return nil }
            guard ready > 0 else { continue }
            var byte: UInt8 = 0
            guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Progress on standard output: a bar that is drawn over itself on a terminal, a line now and then elsewhere.
private final class BackfillDisplay: Sendable {
    private static let secondsBetweenBars = 0.1
    private static let secondsBetweenLines = 10.0

    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let lastShown = Mutex(0.0)

    @Sendable func show(_ progress: BackfillJob.Progress) {
        let now = PollClock.system.now()
        let isLast = progress.done.requests >= progress.total.requests
        let pause = isTerminal ? Self.secondsBetweenBars : Self.secondsBetweenLines
        let isDue = lastShown.withLock { last in
            guard isLast || now - last >= pause else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        guard isTerminal else { return Output.print(BackfillReport.line(progress)) }
        draw("\r" + BackfillReport.bar(progress, width: TerminalWidth.columns) + Self.eraseToEnd)
    }

    /// Leaves the bar where it is.
    func end() {
        if isTerminal, lastShown.withLock({ $0 > 0 }) { draw("\n") }
    }

    /// ECMA-48, EL: what a longer bar left behind.
    private static let eraseToEnd = "\u{1B}[K"

    private func draw(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }
}
