import Dispatch
import Glibc
import System

/// From the command line to an exit code: 0 done, 1 failed, 2 bad usage; 3 of `recover`: something is lost.
package enum EntryPoint {
    package static func run(_ arguments: [String]) async -> Never {
        MemoryAllocator.keepSmall()
        let invocation: Invocation
        do {
            invocation = try Invocation.parse(arguments)
        } catch {
            Output.error("\(error)\n\(HelpText.hint(arguments))")
            exit(2)
        }
        guard invocation[.help] == nil else {
            Output.print(HelpText.text(for: invocation))
            exit(0)
        }
        guard invocation[.version] == nil else {
            Output.print(BuildInfo.text)
            exit(0)
        }
        // A client that goes away must not end the process; writes report it instead.
        signal(SIGPIPE, SIG_IGN)
        exit(await run(invocation, hint: HelpText.hint(arguments)))
    }

    private static func run(_ invocation: Invocation, hint: String) async -> Int32 {
        do {
            try invocation.checkOverrides()
            switch invocation.command {
            case .serve: return try await ServeCommand(invocation).run()
            case .demo: return try await DemoCommand(invocation).run()
            case .check: return try await CheckCommand(invocation).run()
            case .config: return try ConfigCommand(invocation).run()
            case .backfill: return try await BackfillCommand(invocation).run()
            case .query: return try await QueryCommand(invocation).run()
            case .callers: return try await CallersCommand(invocation).run()
            case .export: return try await ExportCommand.run(invocation)
            case .report: return try await ReportCommand(invocation).run()
            case .throttles: return try await ThrottlesCommand(invocation).run()
            case .watch: return try await WatchCommand(invocation).run()
            case .health: return try await HealthCommand(invocation).run()
            case .backup: return try await BackupCommand(invocation).run()
            case .recover: return try RecoverCommand(invocation).run()
            case .version:
                Output.print(BuildInfo.text)
                return 0
            case .completion: return try CompletionCommand.run(invocation)
            case .help: return try HelpCommand.run(invocation)
            }
        } catch let error as Invocation.UsageError {
            Output.error("\(error)\n\(hint)")
            return 2
        } catch {
            Output.error("\(error)")
            return 1
        }
    }
}

/// What `main` calls, with the arguments that the kernel passed.
@_cdecl("bedrock_quota_exporter_begin")
package func begin(_ count: Int32, _ arguments: UnsafePointer<UnsafePointer<CChar>?>) -> Int32 {
    let words = (1..<max(1, Int(count))).compactMap { arguments[$0].map { String(cString: $0) } }
    ThreadCheck.run()
    Task { await EntryPoint.run(words) }
    dispatchMain()
}
