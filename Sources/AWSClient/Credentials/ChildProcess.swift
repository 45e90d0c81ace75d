import Dispatch
import Glibc

/// Runs a program without a shell, with bounded time and output, and reaps it.
package enum ChildProcess {
    package enum Ending: Equatable, Sendable {
        case exited(code: Int32, output: [UInt8], errorTail: [UInt8])
        case killed(signal: Int32)
        case timedOut
        case tooMuchOutput
        case cannotRun(reason: String)
    }

    /// What happens to output beyond the limit.
    package enum Excess: Sendable {
        /// The program is killed.
        case kills
        /// It is read and forgotten.
        case isForgotten
    }

    /// Runs `arguments[0]`, looked up in PATH, with these bytes as its standard input. A program that overstays
    /// `timeout` or prints too much is killed with all of its process group.
    package static func run(
        _ arguments: [String], environment: [String: String], input: [UInt8] = [], timeout: Duration,
        maximumOutputBytes: Int, excess: Excess = .kills
    ) async -> Ending {
        await withCheckedContinuation { continuation in
            // A thread of its own: waiting for a program must not take one from the cooperative pool.
            DispatchQueue(label: "child-process").async {
                let deadline = ContinuousClock.now.advanced(by: timeout)
                continuation.resume(
                    returning: runBlocking(
                        arguments, environment, input, deadline, (maximumOutputBytes, excess)))
            }
        }
    }

    private static func runBlocking(
        _ arguments: [String], _ environment: [String: String], _ input: [UInt8],
        _ deadline: ContinuousClock.Instant, _ limit: (bytes: Int, excess: Excess)
    ) -> Ending {
        guard let output = OutputPipe() else { return .cannotRun(reason: BoundedFile.reason(errno)) }
        defer { output.closeReading() }
        guard let errors = OutputPipe() else {
            let reason = BoundedFile.reason(errno)
            output.closeWriting()
            return .cannotRun(reason: reason)
        }
        defer { errors.closeReading() }
        let started = start(arguments, environment, input, output: output.writing, errors: errors.writing)
        output.closeWriting()
        errors.closeWriting()
        switch started {
        case .failed(let number): return .cannotRun(reason: BoundedFile.reason(number))
        case .running(let pid):
            let collector = OutputCollector(
                output: output.reading, errors: errors.reading, limit: limit.bytes,
                forgetsExcess: limit.excess == .isForgotten)
            return ending(of: pid, collector, deadline)
        }
    }

    private static func start(
        _ arguments: [String], _ environment: [String: String], _ input: [UInt8], output: Int32,
        errors: Int32
    ) -> ProcessSpawner.Start {
        guard !input.isEmpty else {
            return ProcessSpawner.spawn(arguments, environment, output: output, errors: errors)
        }
        guard let file = InputFile(input) else { return .failed(errorNumber: errno) }
        defer { file.close() }
        return ProcessSpawner.spawn(
            arguments, environment, input: file.descriptor, output: output, errors: errors)
    }

    private static func ending(
        of pid: pid_t, _ collector: OutputCollector, _ deadline: ContinuousClock.Instant
    ) -> Ending {
        var collector = collector
        let status: Int32?
        switch collector.collect(until: deadline) {
        case .ended: status = reap(pid, until: deadline)
        case .timedOut: status = nil
        case .tooMuch:
            kill(pid)
            return .tooMuchOutput
        }
        guard let status else {
            kill(pid)
            return .timedOut
        }
        // WIFEXITED and its kin are macros: the low seven bits are the signal, the next byte the exit code.
        guard status & 0x7f == 0 else { return .killed(signal: status & 0x7f) }
        return .exited(
            code: (status >> 8) & 0xff, output: collector.outputBytes, errorTail: collector.errorTail)
    }

    private static func kill(_ pid: pid_t) {
        // The group first, for the children of a script; its ID is the program's own (POSIX_SPAWN_SETPGROUP).
        _ = Glibc.kill(-pid, SIGKILL)
        _ = reap(pid, until: .now.advanced(by: CredentialsLimits.reapTimeout))
    }

    /// The wait status; nil at the deadline. A status that somebody else collected counts as exit code 127.
    private static func reap(_ pid: pid_t, until deadline: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        while true {
            let result = waitpid(pid, &status, WNOHANG)
            if result == pid { return status }
            if result < 0 && errno != EINTR { return 127 << 8 }
            guard ContinuousClock.now < deadline else { return nil }
            _ = poll(nil, 0, 2)
        }
    }
}
